package archtest

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestWhatRunsWithoutTheRaceDetectorIsNamedSo: "make test" finds such tests by their name.
func TestWhatRunsWithoutTheRaceDetectorIsNamedSo(t *testing.T) {
	named, tests := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`), 0
	root := os.DirFS("../../..")
	err := fs.WalkDir(root, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil || !strings.HasPrefix(string(text), "//go:build !race\n") {
			return err
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			tests++
			if name := string(m[1]); !strings.HasPrefix(name, "TestGuard") {
				t.Errorf("%s: %s never runs: name it TestGuard…", path, name)
			}
		}
		return nil
	})
	if err != nil || tests < 5 {
		t.Errorf("%d tests, %v", tests, err)
	}
}
