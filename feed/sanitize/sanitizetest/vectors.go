// Package sanitizetest holds HTML that tries to run something where a feed's text
// is shown. The tests of the sanitiser and those of the outputs share it.
package sanitizetest

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Vector is one attempt. Run somewhere as it is, it calls alert, or loads or
// shows what a feed's text must not.
type Vector struct {
	Title string `json:"title"`
	HTML  string `json:"payload"`
}

// Read returns the vectors of a file: a JSON array of objects with a title and a payload.
func Read(path string) ([]Vector, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []Vector
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no vectors", path)
	}
	return list, nil
}

// Vectors returns our own.
func Vectors() []Vector {
	return slices.Concat(written, grown())
}

// grown are those that take their effect from their size.
func grown() []Vector {
	const run = `<img src=x onerror=alert(1)>`
	return []Vector{
		{"div nested a hundred thousand deep", strings.Repeat("<div>", 100_000) + run},
		{"svg nested a hundred thousand deep", strings.Repeat("<svg>", 100_000) + run},
		{"deeper than browsers nest, then out of a title", strings.Repeat("<div>", 510) + "<svg><title>" + run},
		{"tables nested deep, content in front", strings.Repeat("<table><tr><td>", 600) + strings.Repeat("</table>", 300) + run},
		{"formatting adopted by every block", strings.Repeat("<a href=http://e.org/><b><i>", 300) + strings.Repeat("<p>", 300) + run},
		{"a flood of attributes", "<img" + strings.Repeat(" src=x a=b", 20_000) + " onerror=alert(1)>"},
		{"a flood of handlers", "<img src=x" + strings.Repeat(" onerror=alert(1)", 20_000) + ">"},
		{"a flood of different attributes", "<p" + many(20_000) + " onclick=alert(1)>x"},
		{"a very long value, then a handler", `<img alt="` + strings.Repeat("x", 200_000) + `" src=x onerror=alert(1)>`},
		{"a very long name of a tag", "<" + strings.Repeat("x", 100_000) + " onclick=alert(1)>" + run},
		{"half of the end tags missing", strings.Repeat("<b><p></b>", 2_000) + run},
		{"a flood of NUL within a tag", "<img " + strings.Repeat("\x00", 5_000) + "src=x onerror=alert(1)>"},
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d=1", i)
	}
	return b.String()
}
