package filter

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
)

// Problem is a fault of a rule.
type Problem struct {
	Line, Column int // from 1, within the rule; columns are characters
	Message      string
}

// Error says why a rule does not compile.
type Error struct {
	Problems []Problem // at least one, as they stand in the rule
}

// Error returns all problems in one line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message)
	}
	return "rule: " + strings.Join(lines, "; ")
}

// fault is an error about a rule as a whole.
func fault(format string, args ...any) *Error {
	return &Error{Problems: []Problem{{Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}}}
}

// translate makes problems of what the library found.
func translate(issues *cel.Issues) *Error {
	e := &Error{}
	seen := map[Problem]bool{}
	for _, found := range issues.Errors() {
		p := Problem{
			Line:    max(found.Location.Line(), 1),
			Column:  max(found.Location.Column()+1, 1), // the library counts columns from 0
			Message: plain(found.Message),
		}
		if !seen[p] {
			seen[p] = true
			e.Problems = append(e.Problems, p)
		}
	}
	if len(e.Problems) == 0 {
		return fault("%s", plain(issues.Err().Error()))
	}
	return e
}

// phrases are the library's messages that an operator could not act on, and
// what is said instead.
var phrases = sync.OnceValue(func() []phrase {
	return []phrase{
		{regexp.MustCompile(`(?s)^Syntax error: .*'<EOF>'.*`), "the rule ends too early"},
		{regexp.MustCompile(`(?s)^Syntax error: (.*?) expecting .*`), "syntax error: $1"},
		{regexp.MustCompile(`^Syntax error: `), "syntax error: "},
		{regexp.MustCompile(` \(did you mean '([^']*)'\?\)$`), ", did you mean '$1'?"},
		{regexp.MustCompile(`^undefined field '([^']*)'$`), "undefined field '$1'; an enclosure has url, type and length"},
		{regexp.MustCompile(`^found no matching overload for '_?([^'_]+|\w+)_?' applied to '(.*)'$`), "'$1' does not take $2"},
		{regexp.MustCompile(`^invalid matches argument$`), "invalid regular expression"},
		{regexp.MustCompile(`^invalid duration argument$`), `invalid duration; write for example "90m" or "24h"`},
		{regexp.MustCompile(`^invalid timestamp argument$`), `invalid timestamp; write for example "2026-11-24T00:00:00Z"`},
		{regexp.MustCompile(`^comprehension exceeds nesting limit$`), fmt.Sprintf("more than %d loops inside each other", maxNesting)},
		{regexp.MustCompile(`^regex program size (\d+) exceeds limit of (\d+)$`), "the regular expression is too large: $1 instructions, at most $2"},
	}
})

type phrase struct {
	said *regexp.Regexp
	say  string
}

// plain says it in an operator's words, in one line.
func plain(message string) string {
	for _, p := range phrases() {
		message = p.said.ReplaceAllString(message, p.say)
	}
	return strings.Join(strings.Fields(typeNames.Replace(message)), " ")
}

// typeNames are the library's names of types as people say them.
var typeNames = strings.NewReplacer(
	"filter.enclosure", "enclosure", "google.protobuf.Timestamp", "timestamp", "google.protobuf.Duration", "duration",
)

// article is the name of a type with its article.
func article(t *cel.Type) string {
	name := plain(cel.FormatCELType(t))
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}
