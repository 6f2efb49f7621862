// Command testsum reads what "go test -json" prints and writes what a person
// wants to see: the output of tests that failed, as soon as their package is
// done; at the end every skipped test with its reason, counted; then go test's
// own line for each package.
//
// It owns no verdict: the exit status is go test's, which the Makefile keeps by
// pipefail.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		panic(fmt.Errorf("testsum: %w", err)) // a broken pipe: the exit status must tell
	}
}

// event is a line of go test -json, as "go doc test2json" describes it.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// summary gathers events until they may be shown.
type summary struct {
	w       io.Writer
	output  map[[2]string][]string // of package and test, until it is known whether it passes
	results []string               // go test's line of each package
	skips   []string
}

func run(r io.Reader, w io.Writer) error {
	out := bufio.NewWriter(w)
	s := &summary{w: out, output: map[[2]string][]string{}}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			s.line(line)
			if ferr := out.Flush(); ferr != nil {
				return ferr
			}
		}
		if err == io.EOF {
			s.finish()
			return out.Flush()
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) line(line []byte) {
	var e event
	if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &e) != nil {
		s.print(string(line)) // not go test's: a crash of the tool itself, for example
		return
	}
	key := [2]string{e.Package, e.Test}
	switch e.Action {
	case "output":
		s.take(key, e.Output)
	case "build-output":
		s.print(e.Output)
	case "skip":
		if e.Test != "" {
			s.skips = append(s.skips, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(s.output[key])))
		}
		delete(s.output, key)
	case "pass":
		delete(s.output, key)
	case "fail":
		for _, text := range s.output[key] {
			s.print(text)
		}
		delete(s.output, key)
	}
}

// take keeps a line of output; go test's verdict on a package goes to the end.
func (s *summary) take(key [2]string, text string) {
	if key[1] == "" {
		for _, start := range []string{"ok  \t", "FAIL\t", "?   \t"} {
			if strings.HasPrefix(text, start) {
				s.results = append(s.results, text)
				return
			}
		}
	}
	s.output[key] = append(s.output[key], text)
}

func (s *summary) finish() {
	// What is left was cut off: a test that was running when its process died.
	keys := make([][2]string, 0, len(s.output))
	for key := range s.output {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		for _, text := range s.output[key] {
			s.print(text)
		}
	}
	slices.Sort(s.skips)
	s.print(fmt.Sprintf("skipped: %d\n", len(s.skips)))
	for _, skip := range s.skips {
		s.print("  " + skip + "\n")
	}
	for _, result := range s.results {
		s.print(result)
	}
}

// print writes to a buffered writer, whose error run sees when it flushes.
func (s *summary) print(text string) {
	_, _ = io.WriteString(s.w, text)
}

// reason is the last thing that a skipped test said, without its place in the file.
func reason(output []string) string {
	said := ""
	for _, text := range output {
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "=== ") || strings.HasPrefix(text, "--- ") {
			continue
		}
		if _, message, ok := strings.Cut(text, ".go:"); ok {
			if _, message, ok = strings.Cut(message, ": "); ok {
				text = message
			}
		}
		said = text
	}
	if said == "" {
		return "no reason given"
	}
	return said
}
