package farm_test

import (
	"bytes"
	"fmt"
	"math"
)

// manyLine is what one line of the drawing shows.
type manyLine struct {
	name, colour string
	of           func(r manyRun) float64
}

// manyPanels are the drawing: what is shown of each source, in which unit.
var manyPanels = []struct {
	title, unit string
	lines       []manyLine
}{
	{"CPU of a source", "µs", []manyLine{
		{"the YAML library alone", "#888888", func(r manyRun) float64 { return 1e6 * r.floor / float64(r.sources) }},
		{"check", "#1f77b4", func(r manyRun) float64 { return 1e6 * r.check / float64(r.sources) }},
		{"start", "#2ca02c", func(r manyRun) float64 { return 1e6 * r.start / float64(r.sources) }},
		{"reload without a change", "#d62728", func(r manyRun) float64 { return 1e6 * r.reload / float64(r.sources) }},
		{"scrape", "#9467bd", func(r manyRun) float64 { return 1e6 * r.scan / float64(r.sources) }},
	}},
	{"memory of the daemon", "MiB", []manyLine{
		{"at most", "#d62728", func(r manyRun) float64 { return r.peak }},
		{"after three reloads", "#2ca02c", func(r manyRun) float64 { return r.kept }},
	}},
}

// drawMany draws the runs, both axes of each panel by powers of ten.
func drawMany(runs []manyRun) []byte {
	const width, height, left, top, plot, gap = 820, 400, 60, 50, 250, 420
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	fewest, most := math.Log10(float64(runs[0].sources)), math.Log10(float64(runs[len(runs)-1].sources))
	for i, panel := range manyPanels {
		least, highest := math.Inf(1), math.Inf(-1)
		for _, line := range panel.lines {
			for _, r := range runs {
				if v := line.of(r); v > 0 {
					least, highest = min(least, math.Log10(v)), max(highest, math.Log10(v))
				}
			}
		}
		low, high := math.Floor(least), math.Ceil(highest+0.01)
		x := func(n int) float64 {
			return left + float64(i)*gap + (plot+50)*(math.Log10(float64(n))-fewest)/(most-fewest)
		}
		y := func(v float64) float64 { return top + plot*(high-math.Log10(max(v, math.Pow(10, low))))/(high-low) }
		fmt.Fprintf(&b, `<text x="%.0f" y="30" font-size="14">%s, %s</text>`+"\n", x(runs[0].sources), panel.title, panel.unit)
		for p := low; p <= high; p++ {
			at := y(math.Pow(10, p))
			fmt.Fprintf(&b, `<path d="M%.0f %.1fH%.0f" stroke="#dddddd"/><text x="%.0f" y="%.1f" text-anchor="end">%.6g</text>`+"\n",
				x(runs[0].sources), at, x(runs[len(runs)-1].sources), x(runs[0].sources)-6, at+4, math.Pow(10, p))
		}
		for _, r := range runs {
			fmt.Fprintf(&b, `<text x="%.0f" y="%d" text-anchor="middle">%d</text>`+"\n", x(r.sources), top+plot+18, r.sources)
		}
		for k, line := range panel.lines {
			fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="`, line.colour)
			for _, r := range runs {
				fmt.Fprintf(&b, "%.1f,%.1f ", x(r.sources), y(line.of(r)))
			}
			fmt.Fprintf(&b, `"/><text x="%.0f" y="%d" fill="%s">%s: %.3g to %.3g</text>`+"\n",
				x(runs[0].sources), top+plot+38+13*k, line.colour, line.name, line.of(runs[0]), line.of(runs[len(runs)-1]))
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
