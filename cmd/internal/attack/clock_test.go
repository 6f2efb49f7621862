package attack_test

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clockEnv names a file of eight bytes: by how many seconds the clock of the program that
// turnable builds is ahead.
const clockEnv = "SLUICE_TEST_CLOCK"

// A Go program asks nobody whom one could replace what time it is. So the program is built
// with another time.Now, which adds what the file says, at each call: the clock can be set
// under a running daemon, as an operator or NTP sets it, and what is measured by the
// monotonic clock does not notice.
const (
	nowIs     = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {"
	nowIsLate = "\tsec, nsec, mono := runtimeNow()\n\tsec += clockAhead()\n\tif mono == 0 {"
	ahead     = `package time

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

var ahead = func() *int64 {
	name, ok := syscall.Getenv("` + clockEnv + `")
	if !ok {
		return new(int64)
	}
	fd, err := syscall.Open(name, syscall.O_RDONLY, 0)
	if err != nil {
		panic(err)
	}
	m, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	return (*int64)(unsafe.Pointer(&m[0]))
}()

func clockAhead() int64 {
	if ahead == nil {
		return 0
	}
	return atomic.LoadInt64(ahead)
}
`
)

// turnable builds the program with a clock that can be set, and has the test use it.
func turnable(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(folder, "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(source), nowIs) != 1 {
		t.Fatal("time.Now of this Go is written otherwise than clock_test.go knows it")
	}
	replaced := map[string]string{}
	for name, text := range map[string]string{"time.go": strings.Replace(string(source), nowIs, nowIsLate, 1), "ahead_sluice.go": ahead} {
		replaced[filepath.Join(folder, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	shipped := program
	t.Cleanup(func() { program = shipped })
	program = filepath.Join(dir, "sluice")
	build := exec.Command("go", "build", "-buildvcs=false", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "sluice/cmd/sluice")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program with a clock: %v\n%s", err, out)
	}
}

// setClock sets the clock of programs that turnable built, by how much it is ahead of ours.
func setClock(t *testing.T, by time.Duration) {
	t.Helper()
	f, err := os.OpenFile(os.Getenv(clockEnv), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // what counts is whether it was written
	if _, err := f.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(by/time.Second)), 0); err != nil {
		t.Fatal(err)
	}
}

// clock gives the programs of a test a clock, which is right at first.
func clock(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clock")
	if err := os.WriteFile(path, make([]byte, 8), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(clockEnv, path)
}
