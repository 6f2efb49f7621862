package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// day is when and where figures were taken.
type day struct {
	at            time.Time
	commits, note string
	took          time.Duration
	processors    int
	memory        float64 // GiB
	version       string  // of Go
}

// The page around the tables: how they are read, and others' figures.
//
//go:embed head.md
var head string

//go:embed tail.md
var tail string

func writePage(w io.Writer, d day, tables []byte) {
	note := ""
	if d.note != "" {
		note = ", " + d.note
	}
	_, _ = fmt.Fprint(w, head) // a buffer takes everything, here and below
	_, _ = fmt.Fprintf(w, "Taken on %s%s: commit %s, %d processors, %.0f GiB, %s, in %s.\n\n",
		d.at.UTC().Format("2006-01-02"), note, d.commits, d.processors, d.memory, d.version, d.took.Round(time.Minute))
	_, _ = w.Write(tables)
	_, _ = fmt.Fprint(w, "\n", tail)
}

// writeTables writes what was measured. What was not is said, too.
func writeTables(w io.Writer, all samples) {
	_, _ = fmt.Fprintln(w, "| what | beside | beside's figure | figure | ratio | target | stretch | |")
	_, _ = fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|")
	for _, r := range rows {
		writeRow(w, r, all[r.bench])
	}
	_, _ = fmt.Fprintln(w, "\nServing a feed of 100 entries, CPU µs of the server a request:")
	_, _ = fmt.Fprintln(w, "\n| answer | sluice | minimal handler | the same with all headers | nginx, from files | ratio | target | stretch | |")
	_, _ = fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|")
	for _, s := range servings {
		at := all[s.bench]
		own, bare := at["sluice-µs/request"], at["bare-µs/request"]
		ratio := over(own, bare)
		if len(ratio) == 0 {
			_, _ = fmt.Fprintf(w, "| %s | not measured |||||||\n", s.what)
			continue
		}
		_, _ = fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", s.what, spread(own), spread(bare), spread(at["same-µs/request"]),
			spread(at["nginx-µs/request"]), spread(ratio), bound(servingTarget), bound(servingStretch), verdict(ratio, servingTarget, servingStretch))
	}
}

func writeRow(w io.Writer, r row, at map[string][]float64) {
	values, floor := scaled(at[r.unit], r.scale), scaled(at[r.by], r.scale)
	ratio := over(values, floor)
	judged, target, stretch := ratio, bound(r.target), bound(r.stretch)
	if r.plain || r.floor == "" { // what is asked is asked in the figure's unit
		judged, target, stretch = values, unitOf(target, r.shown), unitOf(stretch, r.shown)
	}
	what, size := r.what, r.full
	if r.size != "" {
		if len(at[r.size]) > 0 {
			size = median(at[r.size])
		}
		what = fmt.Sprintf(what, thousands(size))
	}
	said, figure, beside := "–", "not measured", cmp.Or(r.floor, "–")
	if len(values) > 0 {
		figure = spread(values) + " " + r.shown
	}
	switch {
	case len(judged) == 0 || r.target == 0:
	case size < r.full:
		said = "not judged: asked at " + thousands(r.full)
	default:
		said = verdict(judged, r.target, r.stretch)
	}
	_, _ = fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", what, beside, spread(floor), figure, spread(ratio), target, stretch, said)
}

// thousands writes a count as people do.
func thousands(x float64) string {
	s := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func unitOf(bound, unit string) string {
	if bound == "–" || strings.HasPrefix(unit, "×") {
		return bound
	}
	return bound + " " + unit
}

func scaled(values []float64, by float64) []float64 {
	if by == 0 {
		return values
	}
	out := make([]float64, len(values))
	for i, x := range values {
		out[i] = x * by
	}
	return out
}
