//go:build linux

package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

// copied is a copy of a store with so many articles.
func copied(t *testing.T, articles int) []byte {
	t.Helper()
	s := bolttest.OpenAt(t, filled(t, articles))
	var b bytes.Buffer
	if _, err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// holds sees that a store has so many articles, and is sound.
func holds(t *testing.T, path string, articles int) {
	t.Helper()
	all, err := content(t.Context(), bolttest.OpenAt(t, path))
	if err != nil || len(all) != articles {
		t.Errorf("%s: %d articles, %v; want %d", filepath.Base(path), len(all), err, articles)
	}
}

func TestACopyBecomesTheStoreAndTheOneOfBeforeIsKept(t *testing.T) {
	copy20 := copied(t, 20)
	for name, there := range map[string]func(path string) error{
		"a sound store":   func(path string) error { return os.WriteFile(path, copied(t, 50), 0o644) },
		"a damaged store": func(path string) error { return os.WriteFile(path, make([]byte, 100_000), 0o644) },
		"an empty file":   func(path string) error { return os.WriteFile(path, nil, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sluice.db")
			if err := there(path); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := bolt.Restore(t.Context(), path, "", bytes.NewReader(copy20), "c", bolt.Options{}); !errors.Is(err, fs.ErrExist) {
				t.Errorf("without a name for it: %v", err)
			}
			unchanged(t, path, before)
			c, err := bolt.Restore(t.Context(), path, path+".old", bytes.NewReader(copy20), "c", bolt.Options{})
			if err != nil || c.Articles != 20 {
				t.Fatalf("got %+v, %v", c, err)
			}
			info, err := os.Stat(path)
			if err != nil || info.Mode() != 0o600 {
				t.Errorf("got %v, %v", info.Mode(), err)
			}
			unchanged(t, path+".old", before)
			if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 2 {
				t.Errorf("in the folder are %v, %v", names, err)
			}
			// A name that is taken is nobody's to take.
			if _, err := bolt.Restore(t.Context(), path, path+".old", bytes.NewReader(copy20), "c", bolt.Options{}); !errors.Is(err, fs.ErrExist) {
				t.Errorf("a taken name: %v", err)
			}
			unchanged(t, path+".old", before)
			holds(t, path, 20)
		})
	}
}

func unchanged(t *testing.T, path string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s was changed: %d bytes of %d, %v", path, len(got), len(want), err)
	}
}

func TestWhatIsNoSoundCopyChangesNothing(t *testing.T) {
	whole := copied(t, 50)
	for name, tc := range map[string]struct {
		copy []byte
		want error
	}{
		"nothing":           {nil, storage.ErrEmpty},
		"a text":            {bytes.Repeat([]byte("no store\n"), 20_000), storage.ErrDamaged},
		"a half":            {whole[:len(whole)/2], storage.ErrDamaged},
		"all but a page":    {whole[:len(whole)-8192], storage.ErrDamaged},
		"a letter is wrong": {bytes.ReplaceAll(whole, []byte("Ada Example"), []byte("Ida Example")), storage.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sluice.db")
			for _, there := range []bool{false, true} {
				if there {
					if err := os.WriteFile(path, whole, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				_, err := bolt.Restore(t.Context(), path, path+".old", bytes.NewReader(tc.copy), "copy.db", bolt.Options{})
				if !errors.Is(err, tc.want) || !bytes.Contains([]byte(err.Error()), []byte("copy.db")) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
				left, err := os.ReadDir(filepath.Dir(path))
				if err != nil || len(left) > 1 || (len(left) == 1) != there {
					t.Errorf("in the folder are %v, %v", left, err)
				}
				if there {
					unchanged(t, path, whole)
				}
			}
		})
	}
}

func TestAStoreInUseIsNeitherReplacedNorTakenForACopy(t *testing.T) {
	path := filled(t, 20)
	s := bolttest.OpenAt(t, path)
	one := copied(t, 50)
	quick := bolt.Options{LockTimeout: 60 * time.Millisecond}
	for _, keep := range []string{"", path + ".old"} {
		if _, err := bolt.Restore(t.Context(), path, keep, bytes.NewReader(one), "c", quick); !errors.Is(err, storage.ErrLocked) {
			t.Errorf("got %v", err)
		}
	}
	if f, err := bolt.OpenCopy(path); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("got %v, %v", f, err)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := bolt.Restore(ctx, path, path+".old", bytes.NewReader(one), "c", bolt.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("who waits no more: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Restore(ctx, path, path+".old", bytes.NewReader(one), "c", bolt.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("who is interrupted: %v", err)
	}
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
		t.Errorf("in the folder are %v, %v", names, err)
	}
	holds(t, path, 20)
}

// Whoever waited for the lock meanwhile gets the restored store, not the one of before.
func TestWhoWaitsForTheStoreOpensWhatIsThereThen(t *testing.T) {
	path := filled(t, 20)
	one := copied(t, 50)
	slow := make(chan struct{})
	opened := make(chan *bolt.Store, 1)
	go func() {
		<-slow // the lock is held by then
		s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
		if err != nil {
			t.Error(err)
		}
		opened <- s
	}()
	from := &lateReader{from: bytes.NewReader(one), told: slow}
	if _, err := bolt.Restore(t.Context(), path, path+".old", from, "c", bolt.Options{}); err != nil {
		t.Error(err)
	}
	s := <-opened
	if s == nil {
		return
	}
	c, err := s.Contents(t.Context())
	if err := errors.Join(err, s.Close()); err != nil || c.Articles != 50 {
		t.Errorf("got %+v, %v", c, err)
	}
}

// lateReader is a copy that tells when it is read for the first time.
type lateReader struct {
	from io.Reader
	told chan struct{}
}

// Read implements io.Reader.
func (r *lateReader) Read(p []byte) (int, error) {
	if r.told != nil {
		close(r.told)
		r.told = nil
		time.Sleep(20 * time.Millisecond) // for the other to come to wait
	}
	return r.from.Read(p)
}

// What was polled after a copy was made is polled again, as what it was.
func TestARestoredStoreGoesOnWhereTheCopyWasMade(t *testing.T) {
	path := filled(t, 20)
	s := bolttest.OpenAt(t, path)
	var one bytes.Buffer
	if _, err := s.Backup(t.Context(), &one); err != nil {
		t.Fatal(err)
	}
	at := start.Add(500 * time.Hour)
	if _, err := poll(t.Context(), s, "a", at, article("a", 100), article("a", 101)); err != nil {
		t.Fatal(err)
	}
	want, err := content(t.Context(), s)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Restore(t.Context(), path, path+".old", &one, "c", bolt.Options{}); err != nil {
		t.Fatal(err)
	}
	again := bolttest.OpenAt(t, path)
	if _, err := again.SetSources(t.Context(), []feed.Source{source("a"), source("b")}); err != nil {
		t.Fatal(err)
	}
	if _, err := poll(t.Context(), again, "a", at, article("a", 100), article("a", 101)); err != nil {
		t.Fatal(err)
	}
	got, err := content(t.Context(), again)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d articles, %v; want %d", len(got), err, len(want))
	}
	for i := range got {
		if got[i].ID != want[i].ID || got[i].Seq != want[i].Seq {
			t.Errorf("article %d is %s, was %s", got[i].Seq, got[i].ID, want[i].ID)
		}
	}
}

func TestAStoreThatRootRestoresBelongsToItsDaemon(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	one := copied(t, 20)
	for name, there := range map[string]bool{"a store is there": true, "there is none": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "sluice.db")
			err := os.Chown(dir, 4711, 4712)
			want := [2]uint32{4711, 4712}
			if there {
				want = [2]uint32{1234, 1235}
				err = errors.Join(err, os.WriteFile(path, one, 0o600), os.Chown(path, 1234, 1235))
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := bolt.Restore(t.Context(), path, path+".old", bytes.NewReader(one), "c", bolt.Options{}); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if st := info.Sys().(*syscall.Stat_t); [2]uint32{st.Uid, st.Gid} != want {
				t.Errorf("it belongs to %d:%d, want %v", st.Uid, st.Gid, want)
			}
		})
	}
}

func TestAStoreThatRootMakesBelongsToWhomItsFolderDoes(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	path := filepath.Join(t.TempDir(), "sluice.db")
	if err := os.Chown(filepath.Dir(path), 4711, 4712); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds it made
		s, err := bolt.Open(t.Context(), path, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if st := info.Sys().(*syscall.Stat_t); st.Uid != 4711 || st.Gid != 4712 {
			t.Errorf("%s belongs to %d:%d", file.Name(), st.Uid, st.Gid)
		}
	}
}
