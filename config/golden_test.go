package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/config"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestGoodFilesLoad(t *testing.T) {
	files, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := config.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range c.Warnings {
				if !strings.Contains(w.Message, "can read this file") { // git keeps no such permission
					t.Errorf("warning: %s", w)
				}
			}
		})
	}
}

// TestBadFilesListEveryProblem compares with the expected problems beside each
// file; none may hold CANARY, which stands for a secret.
func TestBadFilesListEveryProblem(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := config.Load(file)
			invalid, ok := errors.AsType[*config.Invalid](err)
			if !ok {
				t.Fatalf("got %v, want an *Invalid", err)
			}
			var got strings.Builder
			for _, p := range invalid.Problems {
				got.WriteString(p.String() + "\n")
			}
			if strings.Contains(got.String()+invalid.Error(), "CANARY") {
				t.Errorf("a secret is shown:\n%s", got.String())
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got.String(), string(want)); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
}
