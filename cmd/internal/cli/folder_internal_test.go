package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAFileIsReplacedWholeOrNotAtAll(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 10_000)
	for name, tt := range map[string]struct {
		file    string
		before  func(path string) error // makes what is in its place
		body    string
		changed int
		fails   string
	}{
		"nothing is there":        {file: "a.rss", body: "new", changed: 1},
		"the same is there":       {"a.rss", text("new"), "new", 0, ""},
		"the same, and long":      {"a.rss", text(long), long, 0, ""},
		"as long, and another":    {"a.rss", text(long[:len(long)-1] + "x"), long, 1, ""},
		"longer":                  {"a.rss", text(long + "x"), long, 1, ""},
		"empty":                   {"a.rss", text("old"), "", 1, ""},
		"below folders":           {file: "all/archive/1.atom", body: "new", changed: 1},
		"a link to the same":      {"a.rss", linkTo("new"), "new", 0, ""},
		"a link to another":       {"a.rss", linkTo("old"), "new", 1, ""},
		"a link to nothing":       {"a.rss", func(path string) error { return os.Symlink("nowhere", path) }, "new", 1, ""},
		"a pipe":                  {"a.rss", func(path string) error { return syscall.Mkfifo(path, 0o600) }, "new", 1, ""},
		"a folder":                {"a.rss", func(path string) error { return os.Mkdir(path, 0o700) }, "new", 0, "a.rss cannot be written: a folder is in its place"},
		"a file where folders":    {"a/1.rss", func(path string) error { return text("x")(filepath.Dir(path)) }, "new", 0, "1.rss cannot be written: not a directory"},
		"out of the folder":       {"../a.rss", nil, "new", 0, `"../a.rss" leads out of the folder`},
		"from the root":           {"/a.rss", nil, "new", 0, `"/a.rss" leads out of the folder`},
		"a name that is too long": {strings.Repeat("x", 300), nil, "new", 0, "file name too long"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &folder{dir: filepath.Join(t.TempDir(), "out"), now: time.Now()}
			path := filepath.Join(f.dir, tt.file)
			if tt.before != nil {
				if err := errors.Join(os.MkdirAll(f.dir, 0o755), tt.before(path)); err != nil {
					t.Fatal(err)
				}
			}
			err := errors.Join(f.put(tt.file, []byte(tt.body)), f.close())
			if tt.fails != "" {
				exit, ok := errors.AsType[*exitError](err)
				if err == nil || !strings.HasSuffix(err.Error(), tt.fails) || !strings.HasPrefix(tt.file, "..") && tt.file[0] != '/' && (!ok || exit.code != exitIO) {
					t.Errorf("got %v, want %q", err, tt.fails)
				}
			} else if got, readErr := os.ReadFile(path); err != nil || readErr != nil || string(got) != tt.body || f.changed != tt.changed || f.same != 1-tt.changed {
				t.Errorf("%d bytes, %d changed, %d the same, %v, %v", len(got), f.changed, f.same, err, readErr)
			}
			left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %q, %v", left, err)
			}
		})
	}
}

// text makes a file.
func text(s string) func(path string) error {
	return func(path string) error { return os.WriteFile(path, []byte(s), 0o600) }
}

// linkTo makes a link to a file beside the folder.
func linkTo(s string) func(path string) error {
	return func(path string) error {
		elsewhere := filepath.Join(filepath.Dir(filepath.Dir(path)), "elsewhere")
		return errors.Join(os.WriteFile(elsewhere, []byte(s), 0o600), os.Symlink(elsewhere, path))
	}
}

// A disk that is full fails a write in its middle, as a limit on the size of files does.
func TestWhatCannotBeWrittenToItsEndLeavesWhatWasThere(t *testing.T) {
	f := &folder{dir: t.TempDir(), now: time.Now()}
	if err := f.put("a.rss", []byte("old")); err != nil {
		t.Fatal(err)
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	small := syscall.Rlimit{Cur: 1000, Max: was.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	err := f.put("a.rss", make([]byte, 10_000))
	if back := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); back != nil {
		t.Fatal(back)
	}
	if exit, ok := errors.AsType[*exitError](err); !ok || exit.code != exitIO || !strings.HasSuffix(err.Error(), "a.rss cannot be written: file too large") {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(f.dir, "a.rss")); err != nil || string(got) != "old" {
		t.Errorf("there is %q, %v", got, err)
	}
	if left, err := fs.Glob(os.DirFS(f.dir), "*"); err != nil || len(left) != 1 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestAReaderSeesTheOldFileOrTheNewOne(t *testing.T) {
	f := &folder{dir: t.TempDir(), now: time.Now()}
	bodies := []string{strings.Repeat("old", 50_000), strings.Repeat("newer", 50_000)}
	path := filepath.Join(f.dir, "a.rss")
	if err := f.put("a.rss", []byte(bodies[0])); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		for i := range 100 {
			if err := f.put("a.rss", []byte(bodies[i%2])); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for reads := 0; ; reads++ {
		got, err := os.ReadFile(path)
		if err != nil || string(got) != bodies[0] && string(got) != bodies[1] {
			t.Fatalf("read %d: %d bytes, %v", reads, len(got), err)
		}
		select {
		case err := <-done:
			if err != nil || f.changed != 100 {
				t.Errorf("%d changes, %v", f.changed, err)
			}
			return
		default:
		}
	}
}
