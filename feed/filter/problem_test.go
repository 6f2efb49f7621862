package filter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sluice/feed/filter"
	"sluice/feed/fuzztest"

	"github.com/google/go-cmp/cmp"
)

func TestFaultsAreToldWithTheirPlace(t *testing.T) {
	at := func(line, column int, message string) filter.Problem {
		return filter.Problem{Line: line, Column: column, Message: message}
	}
	tests := map[string]struct {
		rule string
		want []filter.Problem
	}{
		"an unknown name, with the one that was meant": {
			`athor == "x"`, []filter.Problem{at(1, 1, "undeclared reference to 'athor', did you mean 'author'?")},
		},
		"several at once, on their lines": {
			"tilte == \"x\" &&\n  catgories.size() > 1", []filter.Problem{
				at(1, 1, "undeclared reference to 'tilte', did you mean 'title'?"),
				at(2, 3, "undeclared reference to 'catgories', did you mean 'categories'?"),
			},
		},
		"columns are characters, not bytes": {
			`title == "äöü" && x`, []filter.Problem{at(1, 19, "undeclared reference to 'x'")},
		},
		"an unknown function":     {`title.startWith("x")`, []filter.Problem{at(1, 16, "undeclared reference to 'startWith', did you mean 'startsWith'?")}},
		"an unknown field":        {`enclosures[0].size > 1`, []filter.Problem{at(1, 14, "undefined field 'size'; an enclosure has url, type and length")}},
		"a rule that ends early":  {`title ==`, []filter.Problem{at(1, 9, "the rule ends too early")}},
		"a stray character":       {`title == ''' `, nil},
		"an empty rule":           {" \n", []filter.Problem{at(1, 1, "the rule is empty; write true to keep everything")}},
		"no condition":            {`title`, []filter.Problem{at(1, 1, "a rule must be true or false, this one is a string")}},
		"a time is no condition":  {`now`, []filter.Problem{at(1, 1, "a rule must be true or false, this one is a timestamp")}},
		"types that do not agree": {`title == 1`, []filter.Problem{at(1, 7, "'==' does not take (string, int)")}},
		"a time compared with a string": {
			`published > "2026-01-01"`, []filter.Problem{at(1, 11, "'>' does not take (timestamp, string)")},
		},
		"a list of mixed types":          {`source in ["a", 1]`, []filter.Problem{at(1, 17, "expected type 'string' but found 'int'")}},
		"an invalid regular expression":  {`title.matches("(")`, []filter.Problem{at(1, 15, "invalid regular expression")}},
		"an invalid duration":            {`now - seen < duration("2d")`, []filter.Problem{at(1, 23, `invalid duration; write for example "90m" or "24h"`)}},
		"an invalid timestamp":           {`seen < timestamp("2026")`, []filter.Problem{at(1, 18, `invalid timestamp; write for example "2026-11-24T00:00:00Z"`)}},
		"a pattern out of an article":    {`title.matches(author)`, []filter.Problem{at(1, 15, "the pattern of matches must be a literal string")}},
		"a pattern that is put together": {`title.matches("a" + "b")`, []filter.Problem{at(1, 19, "the pattern of matches must be a literal string")}},
		"a long pattern": {
			`title.matches("` + strings.Repeat("x", 1025) + `")`, []filter.Problem{at(1, 15, "the pattern has 1025 bytes; at most 1024 are allowed")},
		},
		"a pattern that grows": {
			`title.matches("(abcd){400}")`, []filter.Problem{at(1, 15, "the regular expression is too large: 2402 instructions, at most 1200")},
		},
		"three loops inside each other": {
			`tags.exists(a, tags.exists(b, tags.exists(c, a == b)))`, []filter.Problem{at(1, 42, "more than 2 loops inside each other")},
		},
		"a long rule": {
			`title != "` + strings.Repeat("x", filter.MaxLength) + `"`,
			[]filter.Problem{at(1, 1, "the rule has 16395 bytes; at most 16384 are allowed")},
		},
		"no UTF-8": {"title == \"\xff\"", []filter.Problem{at(1, 1, "the rule is not valid UTF-8")}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := filter.Compile(tt.rule)
			invalid, ok := errors.AsType[*filter.Error](err)
			if !ok || f != nil {
				t.Fatalf("got %v, %v, want an *Error alone", f, err)
			}
			if strings.Contains(invalid.Error(), "\n") {
				t.Errorf("not one line: %q", invalid.Error())
			}
			if tt.want == nil {
				return
			}
			if diff := cmp.Diff(invalid.Problems, tt.want); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
}

func TestARuleWithoutAnAnswerSaysWhy(t *testing.T) {
	f, err := filter.Compile(`categories[7] == "x"`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Match(t.Context(), input()); got || err == nil || !strings.Contains(err.Error(), "index") {
		t.Errorf("got %v, %v, want an error about the index", got, err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, rule := range []string{
		`true`, `!title.matches("(?i)horoscope") && !("sport" in categories)`, `enclosures.exists(e, e.type == "audio/mpeg")`,
		`now - published < duration("24h")`, `title ==`, "a\n\n b", `"\u00e9" in authors`, `[[[[1]]]] == []`, `-9223372036854775808 < 1`,
		`title.split(" ").map(w, w.size()).exists(n, n > 3)`, `{"a": 1}["a"] == 1`, `dyn(1) == "1"`, `"%s".format([title]) == ""`, `has(title.x)`,
	} {
		f.Add(rule)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		defer fuzztest.Within(t, len(rule), fuzztest.Cost{Bytes: 32 << 20, Each: 16 << 10})()
		compiled, err := filter.Compile(rule)
		if err != nil {
			invalid, ok := errors.AsType[*filter.Error](err)
			if !ok {
				t.Fatalf("got %T: %v", err, err)
			}
			for _, p := range invalid.Problems {
				if p.Line < 1 || p.Column < 1 || p.Message == "" || strings.ContainsAny(p.Message, "\n\r") {
					t.Errorf("bad problem %+v", p)
				}
			}
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, _ = compiled.Match(ctx, input()) // a rule may have no answer; it must not panic
	})
}
