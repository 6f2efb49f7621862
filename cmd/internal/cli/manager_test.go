package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what has to come, on a machine that has much
// else to do.
const patience = 2 * time.Minute

// supervised is a daemon in a process of its own, started as systemd starts it.
type supervised struct {
	*testing.T
	cmd    *exec.Cmd
	dir    string
	notify *net.UnixConn
	log    *journal
	ended  chan struct{}
}

// journal keeps what a process writes.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// supervisor is what starts daemons over one folder: the file config.yaml in it, and
// listeners that outlive them.
type supervisor struct {
	*testing.T
	program string // empty: this one
	dir     string
	files   []*os.File // handed over as descriptors 3 and so on
	env     []string
}

func newSupervisor(t *testing.T, config string) *supervisor {
	t.Helper()
	s := &supervisor{T: t, dir: t.TempDir()}
	s.configure(config)
	return s
}

func (s *supervisor) configure(config string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "config.yaml"), []byte(config), 0o600); err != nil {
		s.Fatal(err)
	}
}

// start starts a daemon and waits until it is ready.
func (s *supervisor) start() *supervised {
	s.Helper()
	p := s.begin()
	p.hear("READY=1")
	return p
}

// begin starts a daemon.
func (s *supervisor) begin() *supervised {
	s.Helper()
	program := s.program
	if program == "" {
		self, err := os.Executable()
		if err != nil {
			s.Fatal(err)
		}
		program = self
	}
	p := &supervised{T: s.T, dir: s.dir, log: &journal{}, ended: make(chan struct{})}
	socket := filepath.Join(s.TempDir(), "notify")
	var err error
	if p.notify, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"}); err != nil {
		s.Fatal(err)
	}
	// The process id is known to the process alone, before it becomes the daemon.
	p.cmd = exec.Command("sh", "-c", `LISTEN_PID=$$ WATCHDOG_PID=$$ exec "$0" "$@"`, program, "serve", "--log-format=json")
	p.cmd.Dir, p.cmd.Stderr, p.cmd.ExtraFiles = s.dir, p.log, s.files
	p.cmd.Env = append(os.Environ(), append([]string{childEnv + "=1", "SLUICE_CONFIG=config.yaml", "NOTIFY_SOCKET=" + socket, "GORACE=atexit_sleep_ms=0"}, s.env...)...)
	if len(s.files) > 0 {
		p.cmd.Env = append(p.cmd.Env, fmt.Sprintf("LISTEN_FDS=%d", len(s.files)))
	}
	if err := p.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.ended) }() // the exit status says it all
	s.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended where the test went well
		_ = p.notify.Close()
	})
	return p
}

// hear waits until the daemon tells something that contains a text, and returns it.
func (p *supervised) hear(text string) string {
	p.Helper()
	b := make([]byte, 8192)
	for end := time.Now().Add(patience); ; {
		if err := p.notify.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			p.Fatal(err)
		}
		n, err := p.notify.Read(b)
		if errors.Is(err, os.ErrDeadlineExceeded) && p.runs() && time.Now().Before(end) {
			continue
		}
		if err != nil {
			p.Fatalf("waiting for %s: %v\n%s", text, err, p.log)
		}
		if got := string(b[:n]); strings.Contains(got, text) {
			return got
		}
	}
}

// runs reports whether the process has not ended.
func (p *supervised) runs() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// logged waits until the log contains a text.
func (p *supervised) logged(text string) {
	p.Helper()
	for end := time.Now().Add(patience); !strings.Contains(p.log.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			p.Fatalf("the log never says %q:\n%s", text, p.log)
		}
	}
}

// signal sends a signal.
func (p *supervised) signal(sig syscall.Signal) {
	p.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.Fatal(err)
	}
}

// wait waits for the end, and returns the exit status.
func (p *supervised) wait() int {
	p.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.Fatalf("the daemon does not end:\n%s", p.log)
		return 0
	}
}

// ask runs another command beside the daemon, and returns its exit status and output.
func (p *supervised) ask(args ...string) (int, string) {
	p.Helper()
	self, err := os.Executable()
	if err != nil {
		p.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), childEnv+"=1", "SLUICE_CONFIG=config.yaml", "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		p.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// faulty builds the program with the means to make it hang.
func faulty(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sluice")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags=fault", "-o", path, "sluice/cmd/sluice").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// The commands of the units, in the order in which systemd runs them.
func TestTheCommandsOfTheUnitServeAndReload(t *testing.T) {
	daemon := unit(t, "sluice.service")
	for key, want := range map[string]string{
		"Service.ExecStart": "/usr/bin/sluice serve", "Service.ExecReload": "/usr/bin/sluice reload",
		"Service.Environment": "SLUICE_CONFIG=/etc/sluice/config.yaml", "Service.Type": "notify",
	} {
		if got := strings.Join(daemon[key], ","); got != want {
			t.Errorf("%s=%s, and this test knows %s", key, got, want)
		}
	}
	s := newSupervisor(t, alone)
	p := s.start()
	s.configure(strings.Replace(alone, "all", "world", 1))
	if status, out := p.ask("reload"); status != 0 || !strings.Contains(out, "world") {
		t.Errorf("reload: %d, %s", status, out)
	}
	p.hear("RELOADING=1")
	p.hear("READY=1")
	s.configure(strings.Replace(alone, "name: all", "nam: all", 1))
	if status, out := p.ask("reload"); status != 78 || !strings.Contains(out, "nam") {
		t.Errorf("a wrong file: %d, %s", status, out)
	}
	p.hear("RELOADING=1")
	if told := p.hear("READY=1"); !strings.Contains(told, "reload refused at ") {
		t.Errorf("told %q", told)
	}
	p.signal(syscall.SIGHUP)
	p.hear("RELOADING=1")
	p.hear("READY=1")
	p.signal(syscall.SIGTERM)
	p.hear("STOPPING=1")
	if status := p.wait(); status != 0 {
		t.Errorf("it ended with %d:\n%s", status, p.log)
	}
}

// Credentials that systemd hands over are named by a variable of its own.
func TestACredentialOfTheUnitIsAFileOfTheConfiguration(t *testing.T) {
	s := newSupervisor(t, strings.Replace(alone, "name: all", `name: all, tokens: [{file: "${CREDENTIALS_DIRECTORY}/news"}]`, 1))
	folder := filepath.Join(s.dir, "credentials")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "news"), []byte("a-long-token-of-a-reader-0123456789\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	s.env = []string{"CREDENTIALS_DIRECTORY=" + folder}
	p := s.start()
	// The one who asks has no credentials, and needs none.
	if status, out := p.ask("reload"); status != 0 {
		t.Errorf("reload: %d, %s", status, out)
	}
	p.signal(syscall.SIGTERM)
	if status := p.wait(); status != 0 {
		t.Errorf("it ended with %d:\n%s", status, p.log)
	}
}

const alone = "server: {listen: '127.0.0.1:0', admin: ''}\nstorage: {path: s.db}\nsources: []\noutputs: [{name: all}]\n"

func TestADaemonWhoseLoopHangsShowsNoLifeAndSaysWhy(t *testing.T) {
	s := newSupervisor(t, alone)
	s.program = faulty(t)
	flag := filepath.Join(s.dir, "hang")
	s.env = []string{"WATCHDOG_USEC=3000000", "SLUICE_FAULT_HANG=" + flag}
	p := s.start()
	p.hear("WATCHDOG=1")
	p.hear("WATCHDOG=1")
	if err := os.WriteFile(flag, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.logged("polling: what looks for due sources does not answer")
	if log := p.log.String(); strings.Count(log, "the daemon hangs") != 1 {
		t.Errorf("logged more than once:\n%s", log)
	}
	// What it showed before may still be in the socket; then nothing comes for the limit.
	b := make([]byte, 8192)
	for heard := 0; ; {
		if err := p.notify.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := p.notify.Read(b)
		if err != nil {
			break
		}
		if strings.Contains(string(b[:n]), "WATCHDOG=1") {
			heard++
		}
		if heard > 3 {
			t.Fatalf("it hangs and shows that it lives:\n%s", p.log)
		}
	}
	p.signal(syscall.SIGABRT) // as systemd does
	if status := p.wait(); status == 0 {
		t.Error("it ended as if it had been well")
	}
}
