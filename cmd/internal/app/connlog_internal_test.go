package app

import (
	"bytes"
	"log"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sluice/feed/repeat"
)

func TestScannersDoNotFillTheLog(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	c := &connectionLog{log: slog.New(slog.NewTextHandler(&out, nil)), now: func() time.Time { return now }, troubles: map[string]repeat.Trouble{}}
	l := log.New(c, "", 0)
	for i := range 500 {
		l.Printf("http: TLS handshake error from 192.0.2.%d:%d: EOF", i%256, 1024+i)
		l.Printf("http: TLS handshake error from [2001:db8::%x]:%d: remote error: tls: bad certificate", i, 1024+i)
	}
	if n := strings.Count(out.String(), "\n"); n != 2*3 {
		t.Errorf("%d lines, want the first, the tenth and the hundredth of each kind:\n%s", n, out.String())
	}
	out.Reset()
	now = now.Add(time.Hour)
	l.Print("http: TLS handshake error from 192.0.2.1:1024: EOF")
	if !strings.Contains(out.String(), "times=401") {
		t.Errorf("an hour later: %s", out.String())
	}
	out.Reset()
	for i := range 3000 { // words that strangers chose
		l.Printf("http2: server: error reading preface from client 192.0.2.1:1024: %s", strings.Repeat("x", i))
	}
	if len(c.troubles) > maxConnectionTroubles+1 {
		t.Errorf("%d kinds are remembered", len(c.troubles))
	}
	if n := strings.Count(out.String(), "\n"); n > maxConnectionTroubles+4 {
		t.Errorf("%d lines", n)
	}
	out.Reset()
	l.Print("http: panic serving 192.0.2.1:1: x\ngoroutine 1 [running]:\nmain.main()")
	if strings.Contains(out.String(), "goroutine") {
		t.Errorf("a stack: %s", out.String())
	}
}
