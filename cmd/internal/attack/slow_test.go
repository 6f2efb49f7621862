package attack_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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

// probing is how long slowhttptest waits for an answer to its own probe before it says that
// the service is not available.
const probing = 3 * time.Second

// seconds writes a span of whole seconds for its command line.
func seconds(span time.Duration) string { return strconv.Itoa(int(span / time.Second)) }

// slow runs slowhttptest for a while and returns in what part of the seconds its probe was
// answered, of those in which it could have failed. It is read from the table that the tool
// leaves: what it prints is of every fifth second alone, and of none of them where the
// machine halts over that one.
func (d *daemon) slow(how string, connections int, span time.Duration) (answered float64) {
	d.t.Helper()
	number, table := strconv.Itoa(connections), filepath.Join(d.t.TempDir(), "slow")
	cmd := exec.CommandContext(d.t.Context(), "slowhttptest", how, "-c", number, "-r", number, "-i", "1", "-x", "24",
		"-p", seconds(probing), "-l", seconds(span), "-t", "GET", "-g", "-o", table, "-u", "http://"+d.public+"/feeds/large.rss")
	if out, err := cmd.CombinedOutput(); err != nil {
		d.t.Fatalf("slowhttptest: %v\n%s", err, out[max(0, len(out)-3000):])
	}
	text, err := os.ReadFile(table + ".csv")
	if err != nil {
		d.t.Fatal(err)
	}
	answered, err = probed(string(text))
	if err != nil {
		d.t.Fatalf("slowhttptest: %v\n%s", err, text)
	}
	return answered
}

// probed reads the table of slowhttptest: a second in the first column, and in the last one 0
// where the service was not available. An attack may have run out of connections before the
// probe could fail; then its last second counts.
func probed(table string) (answered float64, err error) {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return 0, err
	}
	if len(rows) < 2 {
		return 0, errors.New("no second in its table")
	}
	var yes, all float64
	for i, row := range rows[1:] {
		second, err := strconv.Atoi(row[0])
		if err != nil {
			return 0, err
		}
		last := i == len(rows)-2
		if time.Duration(second)*time.Second < probing && !(last && all == 0) {
			continue
		}
		all++
		if row[len(row)-1] != "0" {
			yes++
		}
	}
	return yes / all, nil
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
	span := min(max(2*probing, time.Duration(3*times)*time.Second), 24*time.Second)
	for name, how := range slowly {
		ctx, done := context.WithCancel(t.Context())
		var reading sync.WaitGroup
		var took []time.Duration
		var err error
		reading.Go(func() { took, err = d.reader(ctx, patience) })
		answered := d.slow(how, 200, span)
		done()
		reading.Wait()
		if err != nil || answered < 0.5 {
			t.Errorf("%s: the probe was answered in %.2f of the seconds; %v", name, answered, err)
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
	answered := d.slow("-H", 50, 2*probing)
	_, err := d.reader(t.Context(), 2*time.Second)
	d.signal(syscall.SIGCONT)
	if answered != 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the probe was answered in %.2f of the seconds; %v", answered, err)
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

func TestATableOfSlowhttptestIsRead(t *testing.T) {
	const head = "Seconds,Closed,Pending,Connected,Service Available\n0,0,1,0,50\n2,0,0,50,50\n"
	for table, want := range map[string]float64{
		head + "3,0,0,50,0\n4,0,0,50,0\n":   0,
		head + "3,0,0,50,50\n4,0,0,50,0\n":  0.5,
		head + "4,0,0,50,50\n5,0,0,50,50\n": 1,
		head:                                1,
		head + "2,50,0,0,0\n":               0,
	} {
		if got, err := probed(table); err != nil || got != want {
			t.Errorf("%q: %v, %v", table, got, err)
		}
	}
	for _, table := range []string{"", "Seconds,Service Available\n", head + "x,0,0,50,50\n"} {
		if got, err := probed(table); err == nil {
			t.Errorf("%q: %v, want an error", table, got)
		}
	}
}
