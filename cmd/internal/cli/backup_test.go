//go:build linux

package cli_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/storage/bolt"
)

// keeping starts a daemon with a store of some megabytes, and returns its configuration
// and process.
func keeping(t *testing.T, dir string) (cfg string, daemon *exec.Cmd) {
	t.Helper()
	feed := filepath.Join(dir, "feed.xml")
	text := fmt.Sprintf(`storage: {path: %q}
server: {listen: "127.0.0.1:0", admin: ""}
sources: [{name: s, url: %q}]
outputs: [{name: all}]
`, filepath.Join(dir, "store.db"), "file:"+feed)
	cfg = filepath.Join(dir, "config.yaml")
	err := errors.Join(os.WriteFile(feed, growing("s", 5000), 0o600), os.WriteFile(cfg, []byte(text), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := child(t.Context(), t, "sync", "-c", cfg).CombinedOutput(); err != nil {
		t.Fatalf("sync: %v: %s", err, out)
	}
	daemon = child(t.Context(), t, "serve", "-c", cfg)
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, "store.db.sock")); err == nil {
			return cfg, daemon
		}
	}
	t.Fatal("the daemon did not start")
	return "", nil
}

// sound opens a store and verifies it.
func sound(t *testing.T, path string) {
	t.Helper()
	store, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := store.Contents(t.Context())
	if err := errors.Join(err, store.Verify(t.Context()), store.Close()); err != nil || c.Articles != 5000 {
		t.Errorf("%s: %d articles, %v", path, c.Articles, err)
	}
}

// names are those in a folder that begin or go on with a text.
func names(t *testing.T, dir, with string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), with) {
			list = append(list, filepath.Join(dir, e.Name()))
		}
	}
	return list
}

func TestAKilledBackupLeavesAWholeFileOrNone(t *testing.T) {
	dir, to := t.TempDir(), t.TempDir()
	cfg, _ := keeping(t, dir)
	copied := filepath.Join(to, "b.db")
	for range 4 {
		cmd := child(t.Context(), t, "backup", copied, "-c", cfg)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(60+rand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Signal(os.Interrupt) })
		_ = cmd.Wait() // it was interrupted, or not
		timer.Stop()
	}
	if left := names(t, to, ".sluice-"); len(left) != 0 {
		t.Errorf("an interrupt leaves %v", left)
	}
	kills := 0
	for range 12 {
		cmd := child(t.Context(), t, "backup", copied, "-c", cfg)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() }) // it may have ended by itself
		if cmd.Wait() != nil {
			kills++
		}
		timer.Stop()
		if _, err := os.Stat(copied); err == nil {
			sound(t, copied)
		}
	}
	if kills == 0 {
		t.Fatal("no backup was killed: the test shows nothing")
	}
	// What the killed ones left goes with a later one, and nothing is left of the daemon's.
	long := time.Now().Add(-2 * time.Hour)
	left := names(t, to, ".sluice-")
	for _, name := range left {
		if err := os.Chtimes(name, long, long); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := child(t.Context(), t, "backup", copied, "-c", cfg).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sound(t, copied)
	if all := names(t, to, ""); len(all) != 1 {
		t.Errorf("%d drafts were left by %d kills; beside the copy are still %v", len(left), kills, all)
	}
	if all := names(t, dir, ".tmp."); len(all) != 0 {
		t.Errorf("beside the store are %v", all)
	}
}

func TestADaemonThatIsKilledInTheMiddleOfABackupEndsIt(t *testing.T) {
	dir := t.TempDir()
	cfg, daemon := keeping(t, dir)
	cmd := child(t.Context(), t, "backup", "-", "-c", cfg)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 64<<10)); err != nil { // and no more, so that it waits
		t.Fatal(err)
	}
	if err := daemon.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait() // it was killed
	n, err := io.Copy(io.Discard, out)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the status tells
	if code := cmd.ProcessState.ExitCode(); code != 75 || strings.Count(told.String(), "\n") != 1 {
		t.Errorf("after %d bytes more the command ended with %d: %s", n, code, told.String())
	}
	if all := names(t, dir, ".tmp."); len(all) != 0 {
		t.Errorf("beside the store are %v", all)
	}
	sound(t, filepath.Join(dir, "store.db"))
}

func TestAKilledRestoreLeavesTheStoreOfBeforeOrTheCopy(t *testing.T) {
	dir := t.TempDir()
	cfg, daemon := keeping(t, dir)
	copied, path := filepath.Join(dir, "b.db"), filepath.Join(dir, "store.db")
	if out, err := child(t.Context(), t, "backup", copied, "-c", cfg).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := daemon.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Wait(); err != nil {
		t.Fatal(err)
	}
	kills, restored := 0, 0
	for range 16 {
		cmd := child(t.Context(), t, "restore", "--force", copied, "-c", cfg)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.IntN(120))*time.Millisecond, func() { _ = cmd.Process.Kill() }) // it may have ended by itself
		if cmd.Wait() != nil {
			kills++
		} else {
			restored++
		}
		timer.Stop()
		sound(t, path) // and what was left on its way is swept
		if all := names(t, dir, ".tmp."); len(all) != 0 {
			t.Errorf("beside the store are %v", all)
		}
	}
	t.Logf("%d were killed, %d came to their end", kills, restored)
	if kills == 0 {
		t.Fatal("no restore was killed: the test shows nothing")
	}
	if kept := names(t, dir, "store.db.20"); len(kept) < restored {
		t.Errorf("%d stores of before are kept of %d", len(kept), restored)
	}
}
