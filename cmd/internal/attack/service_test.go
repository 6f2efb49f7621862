package attack_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// service is a daemon over a store that is somebody's to attack. It is asked by unix
// sockets, so that nothing of it depends on ports.
type service struct {
	*process
	dir   string // with the configuration and the public socket
	store string
}

// shortDir is a folder whose path leaves room for the name of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sluice-") //nolint:usetesting // its folders are named by the test, and that is too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // it is a temporary folder
	return dir
}

// launch starts the daemon, by the command wrap where that is not empty, and does not
// wait for it.
func launch(t *testing.T, dir, store string, wrap ...string) *service {
	t.Helper()
	line := slices.Concat(wrap, []string{program, "serve", "--log-format=json", "-c", filepath.Join(dir, "config.yaml")})
	return &service{spawn(t, line[0], line[1:]...), dir, store}
}

// serve starts the daemon and waits until it is ready.
func serve(t *testing.T, dir, store string, wrap ...string) *service {
	t.Helper()
	s := launch(t, dir, store, wrap...)
	s.within("the daemon is not ready", func() bool { return s.ready() == http.StatusOK })
	return s
}

// get asks at a socket; body is the answer's, behind its tag.
func (s *service) get(socket, path string) (status int, body string, err error) {
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	status, etag, body, err := ask(ctx, "unix", socket, path)
	return status, etag + "\n" + body, err
}

// feed asks for a file of the output.
func (s *service) feed(name string) (status int, body string) {
	status, body, err := s.get(filepath.Join(s.dir, "public"), "/feeds/"+name)
	if err != nil {
		return 0, err.Error()
	}
	return status, body
}

// feeds are all forms of the output, each of which must be served.
func (s *service) feeds() map[string]string {
	s.t.Helper()
	files := map[string]string{}
	for _, name := range []string{"all.rss", "all.atom", "all.json", "all"} {
		status, body := s.feed(name)
		if status != http.StatusOK {
			s.t.Fatalf("%s: status %d, %s", name, status, body)
		}
		files[name] = body
	}
	return files
}

// ready is what /readyz answers, 0 where nobody does.
func (s *service) ready() (status int) {
	status, _, _ = s.get(s.store+".sock", "/readyz")
	return status
}

// why is the text of /readyz.
func (s *service) why() string {
	_, text, _ := s.get(s.store+".sock", "/readyz")
	return text
}

// verdict is the line with which a command or a daemon says why it ended; it must be one,
// and no crash.
func verdict(t *testing.T, got ended) string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(got.err) {
		if !strings.HasPrefix(line, "{") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "sluice: ") || strings.Contains(got.err, "goroutine ") || strings.Contains(got.err, "runtime error") {
		t.Fatalf("want one line that says what is wrong, got %v", got)
	}
	return lines[0]
}

// traced is what strace writes of a process.
type traced struct {
	cmd  *exec.Cmd
	file string
}

// attach has strace see and spoil calls of a daemon that runs.
func (s *service) attach(calls, what string) *traced {
	s.t.Helper()
	x := &traced{file: filepath.Join(s.t.TempDir(), "strace")}
	pid := s.cmd.Process.Pid
	x.cmd = exec.Command("strace", "-f", "-y", "-qq", "-o", x.file, "-e", "trace="+calls, "-e", "inject="+what, "-p", fmt.Sprint(pid))
	if err := x.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = x.cmd.Wait(); close(ended) }() // with the daemon, or it could not attach
	s.t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		<-ended
	})
	s.within("strace does not attach", func() bool {
		select {
		case <-ended:
			s.t.Skip("strace may not attach to a process here")
		default:
		}
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
		if err != nil || len(tasks) == 0 {
			s.t.Fatalf("no threads of %d, %v", pid, err)
		}
		for _, task := range tasks {
			if text, err := os.ReadFile(task); err == nil && strings.Contains(string(text), "TracerPid:\t0\n") {
				return false
			}
		}
		return true
	})
	return x
}

// lines are what was seen up to now.
func (x *traced) lines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(x.file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}

// writesAfterTheFault are the calls by which a file was changed after one that failed.
func writesAfterTheFault(lines []string, path string) (failed bool, writes []string) {
	for _, line := range lines {
		switch {
		case strings.Contains(line, "(INJECTED)"):
			failed = true
		case failed && strings.Contains(line, "<"+path) && strings.Contains(line, ") = ") && !strings.Contains(line, "fadvise64("):
			writes = append(writes, line)
		}
	}
	return failed, writes
}

// polled is what the outputs are after a poll of all sources that nothing attacked.
func (g *grown) polled(t *testing.T) map[string]string {
	t.Helper()
	return outputs(t, g.operations()["a poll"].prepare(t, t.TempDir()))
}
