"""without-ring.py COMMAND [ARGUMENT...]: runs COMMAND where packet sockets have no receive ring, as in some sandboxes."""

import ctypes
import os
import sys

ALLOW = 0x7FFF0000
ENOPROTOOPT = 0x00050000 | 92
EQUAL = 4  # SCMP_CMP_EQ
SOL_PACKET = 263
PACKET_RX_RING = 5


class Comparison(ctypes.Structure):
    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("other", ctypes.c_uint64),
    ]


seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
rules = ctypes.c_void_p(seccomp.seccomp_init(ALLOW))
asked = (Comparison * 2)(Comparison(1, EQUAL, SOL_PACKET, 0), Comparison(2, EQUAL, PACKET_RX_RING, 0))
setsockopt = seccomp.seccomp_syscall_resolve_name(b"setsockopt")
if seccomp.seccomp_rule_add_array(rules, ENOPROTOOPT, setsockopt, 2, asked) != 0 or seccomp.seccomp_load(rules) != 0:
    sys.exit("the filter could not be put in force")
os.execvp(sys.argv[1], sys.argv[1:])
