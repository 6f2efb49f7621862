//go:build linux

package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

func TestNothingAcknowledgedIsLostByKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	acknowledged := map[string]bool{}
	for round := range 5 {
		cmd, _, out := child(t, "write", path)
		// Killed after another number of polls each time, in whatever it does then.
		for i := 0; i < 20+round*7 && out.Scan(); i++ {
			acknowledge(t, acknowledged, out.Text())
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for out.Scan() { // what it said before it died
			acknowledge(t, acknowledged, out.Text())
		}
		_ = cmd.Wait() // it was killed
		checkAcknowledged(t, path, acknowledged)
	}
	if len(acknowledged) < 5*20 {
		t.Errorf("%d articles acknowledged: the children could not write", len(acknowledged))
	}
}

func acknowledge(t *testing.T, all map[string]bool, line string) {
	t.Helper()
	name, n, err := number(line)
	if err != nil {
		t.Fatalf("child said %q: %v", line, err)
	}
	all[article(name, n).GUID], all[article(name, n+1).GUID] = true, true
}

func checkAcknowledged(t *testing.T, path string, acknowledged map[string]bool) {
	t.Helper()
	s, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	all, err := content(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]bool{}
	for _, a := range all {
		stored[a.GUID] = true
	}
	for guid := range acknowledged {
		if !stored[guid] {
			t.Errorf("%s was acknowledged and is lost", guid)
		}
	}
	if len(all)%2 != 0 {
		t.Errorf("%d articles: a poll of two was stored by half", len(all))
	}
}

// A copy of the file between any two writes is what a power cut leaves, where
// the disk keeps the order that fsync asks for.
func TestACopyOfTheFileMidWriteOpensWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sluice.db")
	s := bolttest.OpenAt(t, path)
	if _, err := s.SetSources(t.Context(), []feed.Source{source("a")}); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		at := start.Add(time.Duration(i) * time.Hour)
		if _, err := poll(t.Context(), s, "a", at, article("a", 2*i), article("a", 2*i+1)); err != nil {
			t.Fatal(err)
		}
		old := filepath.Join(dir, fmt.Sprintf("copy%d.db", i))
		copyFile(t, path, old)
		c := bolttest.OpenAt(t, old) // verified at the end
		all, err := content(t.Context(), c)
		if err != nil || len(all) != 2*(i+1) {
			t.Errorf("copy %d: %d articles, %v", i, len(all), err)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, in.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAFailedCommitEndsAllWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	cmd, _, out := child(t, "full", path)
	said := ""
	for out.Scan() {
		said = out.Text()
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("child: %v", err)
	}
	stored, err := strconv.Atoi(said)
	if err != nil || stored < 300 {
		t.Fatalf("child stored %q articles before the disk was full", said)
	}
	// With room again, everything acknowledged is there and writing goes on.
	s := bolttest.OpenAt(t, path)
	all, err := content(t.Context(), s)
	if err != nil || len(all) < stored {
		t.Errorf("%d articles of %d, %v", len(all), stored, err)
	}
	if _, err := poll(t.Context(), s, "a", start.Add(99*time.Hour), article("a", 99_999)); err != nil {
		t.Error(err)
	}
}

func TestAWriteErrorWithTheFileClosedUnderTheStoreLatches(t *testing.T) {
	path := filled(t, 10)
	s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	bolttest.TakeAway(t, path)
	err = s.Publish(t.Context(), feed.Publication{Output: "o"})
	if !errors.Is(err, storage.ErrFailed) {
		t.Errorf("got %v, want ErrFailed", err)
	}
	if _, err := poll(t.Context(), s, "a", start, article("a", 1)); !errors.Is(err, storage.ErrFailed) {
		t.Errorf("later: got %v, want ErrFailed", err)
	}
	if all, err := s.After(t.Context(), 0, 100); err != nil || len(all) != 10 {
		t.Errorf("reads: %d articles, %v", len(all), err)
	}
	_ = s.Close() // cannot unlock what is no file any more
}

// childRetain says that the store is open, and removes all but ten articles of a source
// that lists none of them.
func childRetain(path string) error {
	ctx := context.Background()
	s, err := bolt.Open(ctx, path, bolt.Options{})
	if err != nil {
		return err
	}
	if _, err := poll(ctx, s, "a", start.Add(9000*time.Hour)); err != nil {
		return err
	}
	fmt.Println("open")
	if _, err := s.Retain(ctx, storage.Retention{At: start.Add(9000 * time.Hour), MaxAge: 90_000 * time.Hour, MaxPerSource: 10}); err != nil {
		return err
	}
	return s.Close()
}

func TestAKilledRetentionLeavesASoundStoreAndIsGoneOnWith(t *testing.T) {
	path := filled(t, 1500)
	kills, left := 0, 1500
	for i := range 6 {
		cmd, _, out := child(t, "retain", path)
		if !out.Scan() {
			t.Fatal("it did not begin")
		}
		time.Sleep(time.Duration(1+i*7) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended
		if cmd.Wait() != nil {
			kills++
		}
		s := bolttest.OpenAt(t, path) // verified at the end
		all, err := content(t.Context(), s)
		if err != nil || len(all) > left || len(all) < 10 {
			t.Errorf("%d articles, there were %d, %v", len(all), left, err)
		}
		left = len(all)
		// What is left is the newest.
		if first := article("a", 1500-left).GUID; all[0].GUID != first {
			t.Errorf("of %d the first is %s, want %s", left, all[0].GUID, first)
		}
		if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if kills == 0 {
		t.Error("none was killed: the test shows nothing")
	}
	cmd, _, out := child(t, "retain", path)
	for out.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	s := bolttest.OpenAt(t, path)
	if all, err := content(t.Context(), s); err != nil || len(all) != 10 {
		t.Errorf("%d articles in the end, %v", len(all), err)
	}
	if m, err := poll(t.Context(), s, "a", start.Add(9001*time.Hour), article("a", 3), article("a", 1495)); err != nil || m.New != 0 {
		t.Errorf("what went came back: %+v, %v", m, err)
	}
}
