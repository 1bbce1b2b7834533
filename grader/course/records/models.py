"""The tables of a course.

Submissions, results and whatever people decide are only ever added: triggers of the database refuse
to change them (see `migrations`), and what counts follows from the rows. Points are integers in
1/1000 point, times are UTC.

    course ─ enrolment ─ person ─ identity
      └─ assignment ─ release, schedule, extension, override, choice, publication
             └─ submission ─ job ─ result ─ standing        campaign
    blob, event, export
"""

from __future__ import annotations

from django.db import models

from grader.course.records.fields import CharField, JSONField, TextField
from grader.course.records.names import new_pid

PROTECT = models.PROTECT


class Course(models.Model):
    """The course; a database has one. Its row is also the lock of the chain of events."""

    slug = CharField(max_length=80, unique=True)
    title = CharField(max_length=300)
    zone = CharField(max_length=80)
    lang = CharField(max_length=10, default="en")
    late = JSONField(default=dict)
    """The policy in `[late]` as it was last seen, see `gradebook.policy_text`."""
    anonymous_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True)


class Person(models.Model):
    """Somebody."""

    pid = CharField(max_length=16, unique=True, default=new_pid)
    name = CharField(max_length=300)
    sort_name = CharField(max_length=300, default="")
    email = CharField(max_length=300, default="")
    locale = CharField(max_length=20, default="")
    disabled_at = models.DateTimeField(null=True)


class Identity(models.Model):
    """By what another system knows a person: within the issuer, the subject is one person's."""

    person = models.ForeignKey(Person, PROTECT)
    provider = CharField(max_length=20)
    issuer = CharField(max_length=300)
    subject = CharField(max_length=400)

    class Meta:
        constraints = (
            models.UniqueConstraint("provider", "issuer", "subject", name="identity_once"),
        )


class Invitation(models.Model):
    """A link that lets somebody join once; only its digest is kept."""

    token_hash = CharField(max_length=64, unique=True)
    course = models.ForeignKey(Course, PROTECT)
    role = CharField(max_length=20)
    person = models.ForeignKey(Person, PROTECT, null=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Enrolment(models.Model):
    """A person in the course; `student` is the ID that files and commands use."""

    course = models.ForeignKey(Course, PROTECT)
    person = models.ForeignKey(Person, PROTECT)
    student = CharField(max_length=200)
    role = CharField(max_length=20, default="student")
    section = CharField(max_length=200, default="")
    login = CharField(max_length=300, default="")
    number = CharField(max_length=100, null=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("course", "person", name="enrolment_once"),
            models.UniqueConstraint("course", "student", name="enrolment_student_once"),
            models.UniqueConstraint("course", "number", name="enrolment_number_once"),
        )


class Assignment(models.Model):
    """An assignment of the course."""

    course = models.ForeignKey(Course, PROTECT)
    slug = CharField(max_length=200)
    title = CharField(max_length=300)
    position = models.IntegerField(default=0)
    visible_from = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("course", "slug", name="assignment_once"),)


class Blob(models.Model):
    """Bytes by their digest, compressed."""

    sha256 = CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    codec = CharField(max_length=10)
    bytes = models.BinaryField()


class Release(models.Model):
    """An assignment as it was at some time: its fingerprint and what its parts offer."""

    assignment = models.ForeignKey(Assignment, PROTECT)
    n = models.IntegerField()
    spec = TextField()
    """As `-a` names it."""
    fingerprint = CharField(max_length=64)
    max_mp = models.BigIntegerField()
    parts = JSONField()
    """A list of [name, points in 1/1000] in order."""
    timeout_s = models.FloatField()
    created_at = models.DateTimeField()
    by = CharField(max_length=200)

    class Meta:
        constraints = (models.UniqueConstraint("assignment", "n", name="release_number_once"),)


class Schedule(models.Model):
    """When an assignment is due, and which attempt counts; the latest version holds."""

    assignment = models.ForeignKey(Assignment, PROTECT)
    version = models.IntegerField()
    opens_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    policy = JSONField(default=dict)
    counts = CharField(max_length=10, default="latest")
    at = models.DateTimeField()
    by = CharField(max_length=200)

    class Meta:
        constraints = (models.UniqueConstraint("assignment", "version", name="schedule_once"),)


class Extension(models.Model):
    """Another due time for one student; the latest that is not revoked holds."""

    pid = CharField(max_length=16, unique=True, default=new_pid)
    assignment = models.ForeignKey(Assignment, PROTECT)
    enrolment = models.ForeignKey(Enrolment, PROTECT)
    due_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    late_days = models.IntegerField(null=True)
    exempt = models.BooleanField(default=False)
    reason = TextField()
    by = CharField(max_length=200)
    at = models.DateTimeField()
    revoked_by = CharField(max_length=200, default="")
    revoked_at = models.DateTimeField(null=True)


class Place(models.Model):
    """How many attempts a student has made: the counter that numbers them."""

    assignment = models.ForeignKey(Assignment, PROTECT)
    enrolment = models.ForeignKey(Enrolment, PROTECT)
    attempts = models.IntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint("assignment", "enrolment", name="place_once"),)


class Submission(models.Model):
    """What a student submitted, for ever."""

    pid = CharField(max_length=16, unique=True, default=new_pid)
    assignment = models.ForeignKey(Assignment, PROTECT)
    enrolment = models.ForeignKey(Enrolment, PROTECT)
    attempt = models.IntegerField()
    started_at = models.DateTimeField()
    received_at = models.DateTimeField()
    via = CharField(max_length=20)
    by = CharField(max_length=200)
    filename = TextField()
    blob = models.ForeignKey(Blob, PROTECT, null=True)
    modules = JSONField(default=dict)
    """The digests of the files submitted beside it, by name."""
    known = JSONField(default=dict)
    """What else its finding said, see `operations.handed_in`."""
    digest = CharField(max_length=64)
    """Over everything that was submitted: equal for the same bytes."""
    size = models.BigIntegerField()
    client = CharField(max_length=200, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint("assignment", "enrolment", "attempt", name="submission_once"),
        )


class Choice(models.Model):
    """That somebody chose the attempt that counts."""

    assignment = models.ForeignKey(Assignment, PROTECT)
    enrolment = models.ForeignKey(Enrolment, PROTECT)
    submission = models.ForeignKey(Submission, PROTECT)
    by = CharField(max_length=200)
    at = models.DateTimeField()


class Campaign(models.Model):
    """A regrade: its results change nothing until it is applied."""

    pid = CharField(max_length=16, unique=True, default=new_pid)
    assignment = models.ForeignKey(Assignment, PROTECT)
    release = models.ForeignKey(Release, PROTECT)
    scope = JSONField(default=dict)
    note = TextField(default="")
    state = CharField(max_length=10, default="running")
    by = CharField(max_length=200)
    at = models.DateTimeField()
    decided_by = CharField(max_length=200, default="")
    decided_at = models.DateTimeField(null=True)


class Job(models.Model):
    """A submission to be graded: who has it, and until when. The only table that is busy."""

    submission = models.ForeignKey(Submission, PROTECT)
    release = models.ForeignKey(Release, PROTECT)
    purpose = CharField(max_length=10)
    campaign = models.ForeignKey(Campaign, PROTECT, null=True)
    round = models.IntegerField(default=0)
    """Counts how often it was asked for again after it had failed."""
    priority = models.IntegerField()
    turn = models.IntegerField(default=0)
    """How many attempts of the same student go before it: students take turns."""
    seed = models.BigIntegerField()
    state = CharField(max_length=10, default="queued")
    tries = models.IntegerField(default=0)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    worker = CharField(max_length=200, default="")
    error = TextField(default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("submission", "release", "purpose", "round"),
                condition=models.Q(campaign=None),
                name="job_once",
            ),
            models.UniqueConstraint(
                fields=("submission", "release", "purpose", "campaign", "round"),
                condition=models.Q(campaign__isnull=False),
                name="job_of_campaign_once",
            ),
        )
        indexes = (
            models.Index(fields=("state", "priority", "turn", "id"), name="job_next"),
            models.Index(fields=("state", "lease_until"), name="job_lapsed"),
        )


class Result(models.Model):
    """What grading a submission gave, for ever; a job has at most one."""

    job = models.OneToOneField(Job, PROTECT)
    submission = models.ForeignKey(Submission, PROTECT)
    release = models.ForeignKey(Release, PROTECT)
    seed = models.BigIntegerField()
    status = CharField(max_length=12)
    score_mp = models.BigIntegerField(null=True)
    max_mp = models.BigIntegerField()
    parts = JSONField()
    """A list of [name, points or null, points offered, open points] in 1/1000."""
    items = JSONField(default=list)
    """The checks that a person decides: [part, check, points offered]."""
    json = models.ForeignKey(Blob, PROTECT, related_name="+")
    page = models.ForeignKey(Blob, PROTECT, related_name="+")
    evidence = models.ForeignKey(Blob, PROTECT, related_name="+", null=True)
    """What both can be made from again, in other words."""
    is_failed = models.BooleanField(default=False)
    """Whether the grader failed: it has no points, and is not to be relied on."""
    environment = JSONField(default=dict)
    duration_ms = models.BigIntegerField()
    finished_at = models.DateTimeField()


class Standing(models.Model):
    """Which result holds for a submission: the latest row says it."""

    submission = models.ForeignKey(Submission, PROTECT)
    result = models.ForeignKey(Result, PROTECT)
    campaign = models.ForeignKey(Campaign, PROTECT, null=True)
    by = CharField(max_length=200)
    at = models.DateTimeField()


class Override(models.Model):
    """What a person decided about points; it holds until it is revoked."""

    pid = CharField(max_length=16, unique=True, default=new_pid)
    assignment = models.ForeignKey(Assignment, PROTECT)
    enrolment = models.ForeignKey(Enrolment, PROTECT)
    part = CharField(max_length=200, null=True)
    check_name = CharField(max_length=300, default="")
    """The check that a person decides, '' for the whole part."""
    kind = CharField(max_length=10)
    value_mp = models.BigIntegerField(null=True)
    late = CharField(max_length=10)
    reason = TextField()
    comment = TextField(default="")
    """What the student reads of a check that a person decided."""
    seen_result = models.ForeignKey(Result, PROTECT, null=True)
    by = CharField(max_length=200)
    at = models.DateTimeField()
    revoked_by = CharField(max_length=200, default="")
    revoked_at = models.DateTimeField(null=True)


class Comment(models.Model):
    """What staff write about a submission: plain text, never HTML."""

    pid = CharField(max_length=16, unique=True, default=new_pid)
    submission = models.ForeignKey(Submission, PROTECT)
    part = CharField(max_length=200, default="")
    cell = models.IntegerField(null=True)
    line = models.IntegerField(null=True)
    text = TextField()
    audience = CharField(max_length=10, default="student")
    by = CharField(max_length=200)
    at = models.DateTimeField()
    replaces = models.ForeignKey("self", PROTECT, null=True)
    removed_at = models.DateTimeField(null=True)


class Publication(models.Model):
    """That students may see an assignment's marks from then on, until it is undone."""

    assignment = models.ForeignKey(Assignment, PROTECT)
    section = CharField(max_length=200, default="")
    at = models.DateTimeField()
    by = CharField(max_length=200)
    undone_at = models.DateTimeField(null=True)


class Event(models.Model):
    """A change: who, when, what, why; each is bound to the one before it by a digest."""

    at = models.DateTimeField()
    actor = CharField(max_length=200)
    via = CharField(max_length=20)
    course = models.ForeignKey(Course, PROTECT)
    verb = CharField(max_length=40)
    object = CharField(max_length=400)
    detail = JSONField(default=dict)
    prev = CharField(max_length=64)
    hash = CharField(max_length=64)


class Export(models.Model):
    """What was sent to another system, and when."""

    pid = CharField(max_length=16, unique=True, default=new_pid)
    kind = CharField(max_length=30)
    params = JSONField(default=dict)
    rows = CharField(max_length=64)
    """The digest of the rows that it was made of."""
    blob = models.ForeignKey(Blob, PROTECT, null=True)
    by = CharField(max_length=200)
    at = models.DateTimeField()
