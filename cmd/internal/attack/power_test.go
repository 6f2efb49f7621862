package attack_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
)

// carelessEnv has the test be a program that writes to the store of that path and does
// not wait for the disk: the control, which a power cut must show.
const carelessEnv = "SLUICE_TEST_CARELESS"

// disk is a file system of its own whose power can be cut.
type disk struct {
	image, dir string
}

// newDisk makes one that writes what it is not asked to as late as it can.
func newDisk(t *testing.T) *disk {
	t.Helper()
	needs(t, "xfs_io")
	return newDiskOf(t, 128<<20, "loop,commit=1000")
}

// newDiskOf makes one of so many bytes, mounted with the options.
func newDiskOf(t *testing.T, size int64, options string) *disk {
	t.Helper()
	needs(t, "mkfs.ext4", "mount")
	if os.Getuid() != 0 {
		t.Skip("only root can mount a disk")
	}
	d := &disk{filepath.Join(t.TempDir(), "image"), t.TempDir()}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, size); err != nil {
		t.Fatal(err)
	}
	if got := do(t, "mkfs.ext4", "-q", "-F", d.image); got.status != 0 {
		t.Fatal(got)
	}
	if got := do(t, "mount", "-o", options, d.image, d.dir); got.status != 0 {
		t.Skip("no disk can be mounted here: ", got.err)
	}
	t.Cleanup(func() { _ = exec.Command("umount", d.dir).Run() }) // may be cut off already
	return d
}

// cut is a power cut: what the disk was not asked to keep is gone. Whoever has files open
// there must be ended with done, before the disk is there again.
func (d *disk) cut(t *testing.T, done func()) {
	t.Helper()
	got := do(t, "xfs_io", "-x", "-c", "shutdown", d.dir)
	done()
	if got.status != 0 {
		t.Fatal(got)
	}
	if got := do(t, "umount", d.dir); got.status != 0 {
		t.Fatal(got)
	}
	if got := do(t, "mount", "-o", "loop,commit=1000", d.image, d.dir); got.status != 0 {
		t.Fatal(got)
	}
}

// TestPowerCuts cuts the power while the daemon polls, again and again.
func TestPowerCuts(t *testing.T) {
	d := newDisk(t)
	p := newPublisher(t, 6)
	dir := t.TempDir()
	config := p.configure(t, dir, store(d.dir), "")
	o, draw := newOracle(), chance(t)
	cuts, heard := attacks(t, 3), 0
	for range cuts {
		p.growAll(3)
		cmd := exec.Command(program, "sync", "--all", "--log-format=json", "-c", config)
		log, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := make(chan string)
		go func() {
			for in := bufio.NewScanner(log); in.Scan(); {
				lines <- in.Text()
			}
			close(lines)
		}()
		// In the middle of the round, wherever that is by then.
		before := draw.IntN(7)
		var said strings.Builder
		timeout := time.After(patience)
		for open := true; open && before > 0; {
			select {
			case line, more := <-lines:
				open = more
				said.WriteString(line + "\n")
				if strings.Contains(line, `"changed"`) {
					before--
				}
			case <-timeout:
				t.Fatalf("no round is made:\n%s", said.String())
			}
		}
		time.Sleep(time.Duration(draw.IntN(3000)) * time.Microsecond)
		d.cut(t, func() {
			_ = cmd.Process.Kill() // without a disk it may be waiting for ever
			for range lines {      // what it says by now it may say of a disk that is no more
			}
			_ = cmd.Wait()
		})
		o.hears(said.String())
		heard += strings.Count(said.String(), `"changed"`)
		o.judge(t, config, store(d.dir))
	}
	t.Logf("%d cuts, %d polls acknowledged before them", cuts, heard)
	outputs(t, config)
	o.judge(t, config, store(d.dir))
}

// TestAPowerCutShowsWhoDoesNotWaitForTheDisk is the control of TestPowerCuts.
func TestAPowerCutShowsWhoDoesNotWaitForTheDisk(t *testing.T) {
	if path := os.Getenv(carelessEnv); path != "" {
		careless(t, path)
		return
	}
	d := newDisk(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestAPowerCutShowsWhoDoesNotWaitForTheDisk$")
	cmd.Env = append(os.Environ(), carelessEnv+"="+store(d.dir))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	for in := bufio.NewScanner(out); acknowledged < 50 && in.Scan(); {
		if strings.HasPrefix(in.Text(), "stored") {
			acknowledged++
		}
	}
	d.cut(t, func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s, err := bolt.Open(t.Context(), store(d.dir), bolt.Options{})
	if err != nil {
		t.Logf("%d articles were acknowledged, and the store cannot be opened: %v", acknowledged, err)
		return
	}
	page, readErr := s.After(t.Context(), 0, 1000)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if readErr == nil && len(page) >= acknowledged {
		t.Errorf("a store that is not synced lost nothing: %d articles of %d, so that a cut shows nothing", len(page), acknowledged)
	}
}

// careless stores articles until it is killed.
func careless(t *testing.T, path string) {
	t.Helper()
	s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetSources(t.Context(), []feed.Source{{Name: "a"}}); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		if err := put(t, s, n); err != nil {
			t.Fatal(err)
		}
		fmt.Println("stored", n)
	}
}

// put stores an article as a poll of its own.
func put(t *testing.T, s *bolt.Store, n int) error {
	t.Helper()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Hour)
	claim, err := s.ClaimSource(t.Context(), at, "a", time.Minute)
	if err != nil {
		return err
	}
	state := claim.State
	state.Status, state.LastSuccess, state.NextPoll = feed.StatusOK, at, at.Add(time.Hour)
	_, err = s.Merge(t.Context(), storage.Delivery{
		Claim: &claim, At: at, State: state, Authority: "sluice.example",
		Articles: []feed.Article{{GUID: fmt.Sprint(n), Title: fmt.Sprint("Title ", n), Summary: text("a", n)}},
	})
	return err
}
