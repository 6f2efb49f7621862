package config

import (
	"cmp"
	"fmt"
	"slices"
)

// Problem is a fault of a configuration, or a warning about one. It never holds
// the value of a secret place.
type Problem struct {
	File         string
	Line, Column int    // from 1; columns are characters
	Path         string // for example sources[2].url; empty for the file as a whole
	Message      string
}

// String returns FILE:LINE:COL: path: message.
func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, p.Path, p.Message)
}

// Invalid says that a configuration cannot be used, and everything that is wrong
// with it.
type Invalid struct { //nolint:errname // config.Invalid says what it is; config.InvalidError would say it twice
	Problems []Problem // at least one, as they stand in the file
	Warnings []Problem // see Config
}

// Error returns the first problem and how many more there are.
func (e *Invalid) Error() string {
	if n := len(e.Problems) - 1; n > 0 {
		return fmt.Sprintf("%s (and %d more)", e.Problems[0], n)
	}
	return e.Problems[0].String()
}

// sorted returns the problems as they stand in the file, each once.
func sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(problems)
}
