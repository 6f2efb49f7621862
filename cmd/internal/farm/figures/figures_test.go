package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// printed is what go test prints of some benchmarks, each of three rounds but one.
const printed = `goos: linux
cpu: A processor
BenchmarkSweep-2   	       1	        10.0 cold-gofeed-cpu-s	        18.0 cold-sluice-cpu-s	         0.1 304-get-cpu-s	         0.3 304-sluice-cpu-s	      1000 feeds	       100.0 disk-MB
BenchmarkSweep-2   	       1	        20.0 cold-gofeed-cpu-s	        30.0 cold-sluice-cpu-s	         0.2 304-get-cpu-s	         0.2 304-sluice-cpu-s	      1000 feeds	       100.0 disk-MB
BenchmarkSweep-2   	       1	        10.0 cold-gofeed-cpu-s	        14.0 cold-sluice-cpu-s	         0.1 304-get-cpu-s	         0.2 304-sluice-cpu-s	      1000 feeds	       100.0 disk-MB
BenchmarkServing/64/not_modified-2         	       4	        20.00 bare-µs/request	        25.00 same-µs/request	        21.00 sluice-µs/request
BenchmarkAChange/edit-2 	     100	       0 ns/op	         4.0 build-ms	         4.0 gzip-ms
BenchmarkGrowth/look-up-2         	     200	      2000 few-µs	    200000 many	      2100 many-µs
--- BENCH: BenchmarkServing
    serving_nginx_test.go:56: without nginx (Debian: nginx-light), which is not installed
PASS
ok  	sluice/cmd/internal/farm	8.9s
measured sweep abc123 600
measured serving abc123 600
`

func TestARatioIsTheMedianOfTheRatiosOfRounds(t *testing.T) {
	var out strings.Builder
	if err := run(nil, strings.NewReader(printed), &out, time.Unix(1_800_000_000, 0)); err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]string{
		"a target of the ratio, with its stretch": "| cold sweep of 1,000 feeds, by the thousand | GET, gunzip, gofeed | 10.0 (10.0–20.0) | 18.0 (14.0–30.0) CPU s | 1.50 (1.40–1.80) | ≤ 2.2 | ≤ 1.6 | met, the stretch too |",
		"a ratio that is missed":                  "| sweep of 1,000 feeds, all 304, by the thousand | conditional GET | 0.100 (0.100–0.200) | 0.200 (0.200–0.300) CPU s | 2.00 (1.00–3.00) | ≤ 1.6 | ≤ 1.3 | **missed** by 25 % |",
		"a figure without a floor":                "| disk for 50,000 articles | – | – | 100 MB | – | ≤ 90 MB | ≤ 70 MB | **missed** by 11 % |",
		"a figure that is judged beside a floor":  "| render after an edit of one entry in 100 | gzip of the three formats alone | 4.00 | 4.00 CPU ms | 1.00 | ≤ 10 CPU ms | ≤ 5 CPU ms | met, the stretch too |",
		"what was not measured":                   "| memory, idle with 1,000 sources and 50,000 articles | – | – | not measured | – | ≤ 48 MiB | ≤ 24 MiB | – |",
		"serving without nginx":                   "| 304, 64 connections | 21.0 | 20.0 | 25.0 | – | 1.05 | ≤ 1.1 | ≤ 1.03 | met |",
		"a size that is not asked":                "| look-up of an item among 200,000 articles | of 50,000 articles | 4.00 | 4.20 CPU µs | 1.05 | ≤ 1.1 | – | not judged: asked at 1,000,000 |",
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("%s: the tables lack\n%s", what, want)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func TestAPageSaysWhenAndOnWhatMachine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	args := []string{"-o", file, "-note", "draft"}
	if err := run(args, strings.NewReader(printed), &strings.Builder{}, time.Unix(1_800_000_000, 0)); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# What sluice costs\n", "Taken on 2027-01-15, draft: commit abc123, ", " GiB, go1.", ", in 20m0s.\n", "| cold sweep", "| yarr"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestAPageSaysOfWhichCommitAPartIs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	later := printed + "measured memory def456 60\n"
	if err := run([]string{"-o", file}, strings.NewReader(later), &strings.Builder{}, time.Unix(1_800_000_000, 0)); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := ": commit abc123 (sweep), abc123 (serving), def456 (memory), "; !strings.Contains(string(page), want) {
		t.Errorf("the page lacks %q:\n%s", want, page)
	}
}

func TestFiguresOfAFailedBenchmarkAreNoFigures(t *testing.T) {
	for name, text := range map[string]string{
		"one failed":              printed + "--- FAIL: BenchmarkStart\n",
		"none ran":                "PASS\n",
		"a part without its time": printed + "measured start abc123\n",
	} {
		file := filepath.Join(t.TempDir(), "page.md")
		if err := run([]string{"-o", file}, strings.NewReader(text), &strings.Builder{}, time.Unix(0, 0)); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: a page was written", name)
		}
	}
}
