package fetch

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatTheDiskDoesNotTakeIsKeptInMemory(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &spool{file: nameless(filepath.Join(t.TempDir(), "store"))}
	if s.file == nil {
		t.Fatal("no file")
	}
	defer s.close(c)
	s.add([]byte("on disk, "))
	disk := s.file
	s.file, err = openFull()
	if err != nil {
		t.Skip(err)
	}
	s.add([]byte("in memory, "))
	_ = s.file.Close()
	s.file = disk
	s.add([]byte("also when there is room again")) // else its parts would change places
	text, err := io.ReadAll(s.reader())
	if want := "on disk, in memory, also when there is room again"; err != nil || string(text) != want || s.size() != int64(len(want)) {
		t.Errorf("%q, %d bytes, %v", text, s.size(), err)
	}
	if s.filed != int64(len("on disk, ")) {
		t.Errorf("%d bytes are on disk", s.filed)
	}
}

func TestADiskThatCannotBeReadIsNotThePublishersFault(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, coding := range []string{codingNone, codingGzip, codingBrotli, codingZstd} {
		s := &spool{file: nameless(filepath.Join(t.TempDir(), "store"))}
		s.add([]byte(strings.Repeat("x", SmallBody+1)))
		_ = s.file.Close()
		_, err := c.open(sealed{s, coding}, nil)
		if what, _ := classify(err); !strings.Contains(what, "check the disk") {
			t.Errorf("%s: %v", coding, what)
		}
	}
}

// openFull opens a file on a disk that is full.
func openFull() (*os.File, error) { return os.OpenFile("/dev/full", os.O_RDWR, 0) }
