"""The walls around a child: kernel mechanisms, what stays open, and the tries to get past them."""
