"""with-syscalls.py NAME,NAME,... COMMAND [ARGUMENT...]: runs COMMAND with these system calls alone; others answer EPERM.

As systemd does for SystemCallFilter=, by the library that it does it with.
"""

import ctypes
import os
import sys

EPERM = 0x00050000 | 1
ALLOW = 0x7FFF0000

seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
rules = ctypes.c_void_p(seccomp.seccomp_init(EPERM))
for name in sys.argv[1].split(","):
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    # negative: unknown here, or of another architecture
    if number >= 0 and seccomp.seccomp_rule_add(rules, ALLOW, number, 0) != 0:
        sys.exit(f"no rule for {name}")
if seccomp.seccomp_load(rules) != 0:
    sys.exit("the filter could not be put in force")
os.execvp(sys.argv[2], sys.argv[2:])
