package attack_test

import "syscall"

// terminate asks a program to end.
const terminate = syscall.SIGTERM
