package fetch

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestWhatFailedBeforeAnythingCouldBeSent(t *testing.T) {
	dial := func(errno syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errno)}
	}
	for name, tc := range map[string]struct {
		err  error
		want bool
	}{
		"no route to the network":         {dial(syscall.ENETUNREACH), true},
		"no route to the host":            {dial(syscall.EHOSTUNREACH), true},
		"the interface is down":           {dial(syscall.ENETDOWN), true},
		"connection refused, by somebody": {dial(syscall.ECONNREFUSED), false},
		"nobody answers":                  {dial(syscall.ETIMEDOUT), false},
		"the route went while reading":    {&net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.EHOSTUNREACH)}, false},
		"the resolver does not answer":    {&net.DNSError{Err: "i/o timeout", IsTimeout: true}, true},
		"the resolver cannot be reached":  {&net.DNSError{Err: "dial udp 192.0.2.53:53: connect: network is unreachable", IsTemporary: true}, true},
		"the resolver knows of no such":   {&net.DNSError{Err: "no such host", IsNotFound: true}, false},
		"a certificate":                   {errors.New("certificate refused"), false},
		"the time of the whole is over":   {context.DeadlineExceeded, false},
	} {
		if got := unrouted(tc.err); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
