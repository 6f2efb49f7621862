package fetchtest_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"sluice/ingest/fetch/fetchtest"
)

func TestAPortRefusesAndIsForWhoNamesIt(t *testing.T) {
	address := fetchtest.Port(t, "127.0.0.1")
	if conn, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("nobody listens, and there is %v, %v", conn, err)
	}
	for range 2 { // a daemon that is started anew
		ln, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(conn.Close(), ln.Close()); err != nil {
			t.Error(err)
		}
	}
	if conn, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("nobody listens any more, and there is %v, %v", conn, err)
	}
}
