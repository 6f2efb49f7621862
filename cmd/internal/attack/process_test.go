package attack_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// terminate asks a program to end.
const terminate = syscall.SIGTERM

// log is what a process writes, to be read while it runs.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// process is a daemon while it runs, and afterwards how it ended.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   *log
	ended chan struct{}
	at    time.Time // when it ended
}

// spawn starts a daemon and does not wait for it. It is killed when the test ends, which
// then shows the end of its log where it failed.
func spawn(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, log: &log{}, cmd: exec.Command(name, args...), ended: make(chan struct{})}
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is asked by who looks
		p.at = time.Now()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			text := p.log.String()
			t.Logf("the daemon's log ends in:\n%s", text[max(0, len(text)-3000):])
		}
	})
	return p
}

// lives reports whether it runs.
func (p *process) lives() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// mustLive fails the test where it has ended.
func (p *process) mustLive() {
	p.t.Helper()
	if !p.lives() {
		p.t.Fatalf("the daemon has ended: %v", p.cmd.ProcessState)
	}
}

// within waits until something is so, for which the daemon must live.
func (p *process) within(what string, is func() bool) {
	p.t.Helper()
	for began := time.Now(); !is(); time.Sleep(10 * time.Millisecond) {
		if !p.lives() || time.Since(began) > patience {
			if is() { // it may be its end that is waited for
				return
			}
			p.t.Fatalf("%s: %v", what, p.cmd.ProcessState)
		}
	}
}

// signal sends it a signal.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// end waits for its end and returns how that was.
func (p *process) end() ended {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatal("the daemon does not end")
	}
	return ended{status: p.cmd.ProcessState.ExitCode(), err: p.log.String()}
}

// stop asks it to end, which it must do well.
func (p *process) stop() {
	p.t.Helper()
	p.signal(terminate)
	if got := p.end(); got.status != 0 {
		p.t.Fatalf("stopped: %v", got)
	}
}

// ask asks once for a path, over a connection of its own, at an address of a network.
func ask(ctx context.Context, network, address, path string) (status int, etag, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, http.NoBody)
	if err != nil {
		return 0, "", "", err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	res, err := (&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, "", "", err
	}
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header.Get("ETag"), string(text), errors.Join(err, res.Body.Close())
}
