package attack_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWhatIsScarce takes away, one at a time, what the program needs of the system. What
// was acknowledged before stays, each end is one line that says what was missing, and once
// it is there again the outputs are what they would have been.
func TestWhatIsScarce(t *testing.T) {
	needs(t, "sh")
	g := newGrown(t)
	g.compact(t)
	g.growAll(60)
	want := g.polled(t)
	for name, attack := range map[string]func(*grown, *testing.T, map[string]string){
		"room of a disk in memory": (*grown).fullMemory, "room of a disk": (*grown).fullDisk,
		"room for one file": (*grown).boundedFile, "a disk that may be written": (*grown).readOnly,
		"a device that works": (*grown).brokenDevice, "open files": (*grown).fewFiles, "memory": (*grown).littleMemory,
	} {
		t.Run(name, func(t *testing.T) { attack(g, t, want) })
	}
}

// compact makes the store as small as it is, so that whatever comes has it grow.
func (g *grown) compact(t *testing.T) {
	t.Helper()
	config := g.configure(t, t.TempDir(), g.path)
	if got := do(t, program, "compact", "-c", config); got.status != 0 {
		t.Fatal(got)
	}
	content, err := os.ReadFile(g.path)
	if err == nil { // it ends in a hole to grow into
		const page = 8192
		err = os.Truncate(g.path, int64((len(bytes.TrimRight(content, "\x00"))+page-1)/page*page))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// put gives a place a copy of the store, and a folder of its own a configuration for it.
func (g *grown) put(t *testing.T, place string) (dir, config string) {
	t.Helper()
	dir = shortDir(t)
	copyFile(t, g.path, store(place))
	return dir, g.configure(t, dir, store(place))
}

// place is put into a folder that has both.
func (g *grown) place(t *testing.T) (dir, config, path string) {
	t.Helper()
	dir = shortDir(t)
	copyFile(t, g.path, store(dir))
	return dir, g.configure(t, dir, store(dir)), store(dir)
}

// lost judges a store after an attack, by what was acknowledged before and by the logs
// since, and then, with all well again, by its outputs.
func (g *grown) lost(t *testing.T, config, path string, want map[string]string, logs ...string) {
	t.Helper()
	o := g.clone()
	for _, log := range logs {
		o.hears(log)
	}
	o.judge(t, config, path)
	same(t, unnumbered(outputs(t, config)), unnumbered(want))
}

// fill takes all room that there is in a folder, and returns the file that does.
func fill(t *testing.T, dir string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it is as long as it could be
	for block := make([]byte, 64<<10); len(block) > 0; {
		if n, err := f.Write(block); err != nil {
			block = block[:min(n, len(block)/2)]
		}
	}
	_ = f.Sync() // where blocks are given late, some are missing
	return f.Name()
}

func (g *grown) fullMemory(t *testing.T, want map[string]string) {
	t.Helper()
	g.full(t, mounted(t, "tmpfs", "-t", "tmpfs", "-o", "size=8m"), want)
}

func (g *grown) fullDisk(t *testing.T, want map[string]string) {
	t.Helper()
	g.full(t, newDiskOf(t, 16<<20, "loop").dir, want)
}

// full fills the disk under a daemon whose store must grow. It serves for as long as there
// is no room, over restarts too, and goes on when there is.
func (g *grown) full(t *testing.T, place string, want map[string]string) {
	t.Helper()
	dir, config := g.put(t, place)
	first := serve(t, dir, store(place))
	first.feeds()
	first.stop() // keeps its documents: a start that has to would meet the lack by itself
	s := serve(t, dir, store(place))
	s.feeds()
	filler := fill(t, place)
	got := do(t, program, "sync", "--all", "-c", config)
	if line := verdict(t, got); got.status != 74 || !strings.Contains(line, "make room and start again") {
		t.Errorf("sync: status %d, %s", got.status, line)
	}
	got = s.end()
	if line := verdict(t, got); got.status != 74 || !strings.Contains(line, "no space left on device") {
		t.Errorf("the daemon: status %d, %s", got.status, line)
	}
	again := serve(t, dir, store(place)) // without room
	again.feeds()
	for what, args := range map[string][]string{
		"a backup there": {"backup", filepath.Join(place, "copy")}, "a compaction": {"compact"},
	} {
		got := do(t, program, append(args, "-c", config)...)
		if line := verdict(t, got); got.status != 74 || !strings.Contains(line, "room") {
			t.Errorf("%s: status %d, %s", what, got.status, line)
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if got := do(t, program, "sync", "--all", "-c", config); got.status != 0 { // in the same daemon
		t.Errorf("with room again: %v", got)
	}
	again.stop()
	g.lost(t, config, store(place), want, first.log.String(), s.log.String(), again.log.String())
	if left, err := filepath.Glob(filepath.Join(place, "*.tmp*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// mounted is a folder at which a file system is mounted, for the time of the test.
func mounted(t *testing.T, what string, options ...string) string {
	t.Helper()
	needs(t, "mount", "umount")
	if os.Getuid() != 0 {
		t.Skip("only root can mount a disk")
	}
	dir := shortDir(t)
	if got := do(t, "mount", append(options, what, dir)...); got.status != 0 {
		t.Skip("it cannot be mounted here: ", got.err)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() }) // may be gone already
	return dir
}

// boundedFile bounds the size of files (RLIMIT_FSIZE), for a round, a daemon and a copy.
func (g *grown) boundedFile(t *testing.T, want map[string]string) {
	t.Helper()
	info, err := os.Stat(g.path)
	if err != nil {
		t.Fatal(err)
	}
	bounded := []string{"sh", "-c", fmt.Sprintf(`ulimit -f %d && exec "$0" "$@"`, info.Size()/512+16)}
	t.Run("a round", func(t *testing.T) {
		_, config, path := g.place(t)
		got := do(t, bounded[0], append(bounded[1:], program, "sync", "--all", "--log-format=json", "-c", config)...)
		if line := verdict(t, got); got.status != 74 || !strings.Contains(line, "file too large") {
			t.Errorf("status %d, %s", got.status, line)
		}
		g.lost(t, config, path, want, got.err)
	})
	t.Run("a daemon", func(t *testing.T) {
		dir, config, path := g.place(t)
		s := launch(t, dir, path, bounded...)
		// It may meet the bound by itself, with the first document that it keeps.
		s.within("the daemon is not ready", func() bool { return !s.lives() || s.ready() == http.StatusOK })
		if s.lives() {
			if got := do(t, program, "sync", "--all", "-c", config); got.status != 74 && s.lives() {
				t.Errorf("sync: %v", got)
			}
		}
		if line := verdict(t, s.end()); s.end().status != 74 || !strings.Contains(line, "file too large") {
			t.Errorf("the daemon: status %d, %s", s.end().status, line)
		}
		g.lost(t, config, path, want, s.log.String())
	})
	t.Run("a copy", func(t *testing.T) {
		dir, config, _ := g.place(t)
		copied := filepath.Join(dir, "copy")
		got := do(t, "sh", "-c", `ulimit -f 200 && exec "$0" "$@"`, program, "backup", copied, "--log-format=json", "-c", config)
		if line := verdict(t, got); got.status != 74 || !strings.Contains(line, "cannot be written: file too large") {
			t.Errorf("status %d, %s", got.status, line)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*copy*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, ".sluice-*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

// readOnly has a file system find a fault of its own under a daemon: it
// takes no more writes. A start on it says so, and once it is mended all goes on.
func (g *grown) readOnly(t *testing.T, want map[string]string) {
	t.Helper()
	needs(t, "e2fsck", "findmnt")
	d := newDiskOf(t, 16<<20, "loop,errors=remount-ro")
	dir, config := g.put(t, d.dir)
	s := serve(t, dir, store(d.dir))
	device := strings.TrimSpace(do(t, "findmnt", "-no", "SOURCE", d.dir).out)
	trigger := filepath.Join("/sys/fs/ext4", filepath.Base(device), "trigger_fs_error")
	if err := os.WriteFile(trigger, []byte("a fault for a test"), 0o600); err != nil {
		t.Skip("faults of ext4 cannot be asked for here: ", err)
	}
	got := do(t, program, "sync", "--all", "-c", config)
	if line := verdict(t, got); got.status != 74 || !strings.Contains(line, "see to the disk") {
		t.Errorf("sync: status %d, %s", got.status, line)
	}
	logs := s.end().err
	if line := verdict(t, s.end()); s.end().status != 74 {
		t.Errorf("the daemon: status %d, %s", s.end().status, line)
	}
	for _, args := range [][]string{{"serve"}, {"sync"}, {"compact"}} {
		got := do(t, program, append(args, "--log-format=json", "-c", config)...)
		if line := verdict(t, got); got.status != 74 || !strings.Contains(line, "read-only file system") {
			t.Errorf("%v on a disk that is read-only: status %d, %s", args, got.status, line)
		}
	}
	d.mend(t)
	g.lost(t, config, store(d.dir), want, logs)
}

// mend has the disk checked, and mounts it again.
func (d *disk) mend(t *testing.T) {
	t.Helper()
	if got := do(t, "umount", d.dir); got.status != 0 {
		t.Fatal(got)
	}
	if got := do(t, "e2fsck", "-fy", d.image); got.status > 1 { // 1: it found and mended something
		t.Fatal(got)
	}
	if got := do(t, "mount", "-o", "loop", d.image, d.dir); got.status != 0 {
		t.Fatal(got)
	}
}

// brokenDevice has all writes to the device below a file system fail for a
// while.
func (g *grown) brokenDevice(t *testing.T, want map[string]string) {
	t.Helper()
	needs(t, "nbdkit", "nbdfuse", "fusermount3", "mkfs.ext4", "mount", "e2fsck")
	if os.Getuid() != 0 {
		t.Skip("only root can mount a disk")
	}
	work := shortDir(t)
	d := &disk{filepath.Join(work, "disk"), filepath.Join(work, "mnt")}
	faults := filepath.Join(work, "faults")
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	device := exec.Command("nbdkit", "-f", "-U", "-", "--filter=error", "memory", "32M",
		"error=EIO", "error-pwrite-rate=100%", "error-file="+faults, "--run", `exec nbdfuse "`+d.image+`" "$uri"`)
	said := &log{}
	device.Stderr = said
	if err := device.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = device.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = os.Remove(faults)
		_ = exec.Command("umount", "-l", d.dir).Run()
		_ = exec.Command("fusermount3", "-u", "-z", d.image).Run()
		_ = device.Process.Signal(terminate)
		<-ended
	})
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if info, err := os.Stat(d.image); err == nil && info.Size() == 32<<20 {
			break
		}
		select {
		case <-ended:
			t.Skip("nbdkit does not make a disk here: ", said.String())
		default:
		}
		if time.Since(began) > patience {
			t.Fatal("nbdkit makes no disk")
		}
	}
	if got := do(t, "mkfs.ext4", "-q", "-F", d.image); got.status != 0 {
		t.Fatal(got)
	}
	if got := do(t, "mount", "-o", "loop", d.image, d.dir); got.status != 0 {
		t.Skip("no disk can be mounted here: ", got.err)
	}
	dir, config := g.put(t, d.dir)
	s := serve(t, dir, store(d.dir))
	if err := os.WriteFile(faults, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := do(t, program, "sync", "--all", "-c", config)
	if line := verdict(t, got); got.status != 74 {
		t.Errorf("sync: status %d, %s", got.status, line)
	}
	logs := s.end().err
	if line := verdict(t, s.end()); s.end().status != 74 {
		t.Errorf("the daemon: status %d, %s", s.end().status, line)
	}
	if err := os.Remove(faults); err != nil {
		t.Fatal(err)
	}
	d.mend(t)
	g.lost(t, config, store(d.dir), want, logs)
}
