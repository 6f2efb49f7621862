package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestTwoRunsAtOnceShareTheWork starts runs while the first waits for its publisher.
func TestTwoRunsAtOnceShareTheWork(t *testing.T) {
	asked, answer := make(chan struct{}, 16), make(chan struct{})
	release := sync.OnceFunc(func() { close(answer) })
	requests := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		asked <- struct{}{}
		<-answer
		_, _ = fmt.Fprint(w, `<rss version="2.0"><channel><title>t</title><link>https://t.example/</link><description>d</description><item><guid>https://t.example/1</guid><title>One</title></item></channel></rss>`)
	}))
	defer srv.Close()
	defer release()
	dir := t.TempDir()
	cfg := filepath.Join(dir, "c.yaml")
	text := fmt.Sprintf("storage: {path: %q}\ningest: {allow_private: [127.0.0.1]}\nsources: [{name: slow, url: %q}]\noutputs: [{name: all}]\n", filepath.Join(dir, "s.db"), srv.URL)
	if err := os.WriteFile(cfg, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	first := beginRun(t, "sync", "-c", cfg)
	select {
	case <-asked:
	case <-time.After(time.Minute):
		t.Fatal("the first run asked nobody")
	}

	// One that waits for a moment only ends with "try again later", and says why.
	second := beginRun(t, "sync", "-c", cfg, "--lock-timeout", "200ms")
	if status, text := second.end(t); status != 75 || !strings.Contains(text, "in use") {
		t.Errorf("the second ended with %d: %s", status, text)
	}
	// One that waits long enough comes after the first, and finds the work done.
	third := beginRun(t, "sync", "-c", cfg, "--lock-timeout", "2m")
	time.Sleep(100 * time.Millisecond) // it may wait by now or not: both must do
	release()
	if status, text := first.end(t); status != 0 || !strings.Contains(text, "1 article new") {
		t.Errorf("the first ended with %d: %s", status, text)
	}
	if status, text := third.end(t); status != 0 || !strings.Contains(text, "0 sources polled") {
		t.Errorf("the third ended with %d: %s", status, text)
	}
	srv.Close()
	if requests != 1 {
		t.Errorf("the publisher was asked %d times", requests)
	}
}

// aRun is a command that runs.
type aRun struct {
	cmd *exec.Cmd
	out bytes.Buffer
}

func beginRun(t *testing.T, args ...string) *aRun {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(stop)
	r := &aRun{cmd: child(ctx, t, args...)}
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.out
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// end waits for the end, and returns the exit status and what was written.
func (r *aRun) end(t *testing.T) (int, string) {
	t.Helper()
	_ = r.cmd.Wait() // the status tells
	return r.cmd.ProcessState.ExitCode(), r.out.String()
}
