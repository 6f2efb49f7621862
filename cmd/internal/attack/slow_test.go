package attack_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The ways in which slowhttptest keeps connections busy.
var slowly = map[string]string{
	"headers that do not end":         "-H",
	"bodies of requests that trickle": "-B",
	"answers that are read slowly":    "-X",
	"ranges that overlap":             "-R",
}

// available is what slowhttptest says of its own probe, and colours what it colours it with.
var (
	available = regexp.MustCompile(`service available:\s+(YES|NO)`)
	colours   = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
)

// slow runs slowhttptest for a while and returns what its probe found last: YES or NO.
func (d *daemon) slow(how string, connections int, span time.Duration) (said string) {
	d.t.Helper()
	number, seconds := strconv.Itoa(connections), strconv.Itoa(int(span/time.Second))
	cmd := exec.CommandContext(d.t.Context(), "slowhttptest", how, "-c", number, "-r", number, "-i", "1", "-x", "24", "-p", "3", "-l", seconds,
		"-t", "GET", "-u", "http://"+d.public+"/feeds/large.rss")
	out, err := cmd.CombinedOutput()
	out = colours.ReplaceAll(out, nil)
	found := available.FindAllSubmatch(out, -1)
	if err != nil || len(found) == 0 {
		d.t.Fatalf("slowhttptest: %v\n%s", err, out[max(0, len(out)-3000):])
	}
	return string(found[len(found)-1][1])
}

// TestSlowhttptest has another's tool attack, while somebody reads as people do. In its
// long form a hundredth of the answers at most may take longer than a tenth of a second. A
// machine that is slow without the attack, because it does other things, cannot be held to
// that, and says so; all are held to what they are like without it.
func TestSlowhttptest(t *testing.T) {
	needs(t, "slowhttptest")
	d := served(t)
	short, done := context.WithTimeout(t.Context(), time.Second)
	quiet, err := d.reader(short, patience)
	done()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("quiet: %d answers, p50 %v, p99 %v", len(quiet), part(quiet, 0.5), part(quiet, 0.99))
	times := attacks(t, 1)
	strict := times >= 10 && part(quiet, 0.99) < 20*time.Millisecond
	if times >= 10 && !strict {
		t.Log("the machine is too busy to be held to a tenth of a second")
	}
	span := min(time.Duration(3*times)*time.Second, 24*time.Second)
	for name, how := range slowly {
		ctx, done := context.WithCancel(t.Context())
		var reading sync.WaitGroup
		var took []time.Duration
		var err error
		reading.Go(func() { took, err = d.reader(ctx, patience) })
		said := d.slow(how, 200, span)
		done()
		reading.Wait()
		if err != nil || said != "YES" {
			t.Errorf("%s: service available: %s; %v", name, said, err)
			continue
		}
		if fault := slower(quiet, took, false); fault != "" {
			t.Errorf("%s: %s", name, fault)
		}
		if strict && part(took, 0.99) > 100*time.Millisecond {
			t.Errorf("%s: a hundredth of the answers took longer than %v, want a tenth of a second", name, part(took, 0.99))
		}
		t.Logf("%s: %d answers, p50 %v, p99 %v (%.1f times), at most %v", name, len(took),
			part(took, 0.5), part(took, 0.99), float64(part(took, 0.99))/float64(part(quiet, 0.99)), took[len(took)-1])
	}
}

// TestSlowhttptestNoticesADaemonThatHangs is its control.
func TestSlowhttptestNoticesADaemonThatHangs(t *testing.T) {
	needs(t, "slowhttptest")
	d := served(t)
	d.signal(syscall.SIGSTOP)
	said := d.slow("-H", 50, 6*time.Second)
	_, err := d.reader(t.Context(), 2*time.Second)
	d.signal(syscall.SIGCONT)
	if said != "NO" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("service available: %s; %v", said, err)
	}
}

// TestTheReaderNoticesWhoServesInTurn is the control of slow readers: a server that begins
// with the next connection when it is done with one.
func TestTheReaderNoticesWhoServesInTurn(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, whole("s0-4000", "Connection: close\r\n"))
			}
			_ = conn.Close()
		}
	}()
	d := &daemon{process: &process{t: t, ended: make(chan struct{})}, public: ln.Addr().String()}
	short, done := context.WithTimeout(t.Context(), 100*time.Millisecond)
	_, err = d.reader(short, patience)
	done()
	if err != nil {
		t.Fatalf("while nobody attacks: %v", err)
	}
	ctx, done := context.WithCancel(t.Context())
	defer done()
	slow, err := d.dial(ctx)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = drip("GET /feeds/small.rss HTTP/1.1\r\nHost: x\r\nX-Slow: ")(ctx, slow) }()
	_, err = d.reader(ctx, 2*time.Second)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it did not: %v", err)
	}
}

func TestAnswersThatAreLateAreNoticed(t *testing.T) {
	quiet := []time.Duration{time.Millisecond, 2 * time.Millisecond}
	for late, full := range map[time.Duration]bool{soon + time.Second: false, tooLong + time.Second: true} {
		if slower(quiet, []time.Duration{time.Millisecond, late}, full) == "" || slower(quiet, quiet, full) != "" {
			t.Errorf("%v, all places taken %t", late, full)
		}
	}
}
