// Package filter turns rules into decisions about articles. A rule is a CEL
// expression (https://cel.dev) that is true for the articles that are kept.
//
// It owns what a rule may say, what it may cost, and how faults in it are told.
// Which output uses a rule, and what happens when one fails, is left to others.
//
// Two things that people look for: a comparison that ignores case is
// title.matches("(?i)release"), with Go's regular expressions, which take time
// linear in the text; and an article without a label is !("sport" in categories),
// where in compares whole strings.
package filter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sluice/feed"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// The limits of a rule. Costs are CEL's units: about one per operation and per
// ten characters read, at most some 50 ns each. A rule that loads may thus take
// seconds for a text of 1 MiB at its worst, and takes microseconds as a rule.
const (
	MaxLength  = 16 << 10   // bytes of a rule
	MaxPattern = 1 << 10    // bytes of a regular expression
	MaxCost    = 25_000_000 // of one article, estimated at load and counted when matching

	maxProgram = 1200 // instructions of a compiled regular expression
	maxNesting = 2    // loops inside loops
	// checkEvery is how many rounds of a loop may pass before it is seen that
	// the caller has given up.
	checkEvery = 100
)

// ErrCost says that a rule was given up because the article made it cost more
// than MaxCost.
var ErrCost = errors.New("rule costs too much for this article")

// Filter is a compiled rule. It may be used by several goroutines.
type Filter struct {
	// A pointer, so that fmt does not show the rule to whoever prints what holds a
	// filter: parts of it may come from the environment.
	rule    *string
	public  *string // nil: as rule
	program cel.Program
	uses    map[string]bool // the variables that it names
	always  bool
}

// Input is what a rule sees of an article. Nothing of it is changed.
type Input struct {
	Article feed.Stored
	Source  feed.SourceID // the variable source
	Tags    []string      // of the source

	// Text returns the plain text of the article's body. It is called at most
	// once a match, and only where UsesText says so; nil: no text.
	Text func() string
	Now  time.Time // the variable now
}

// Compile checks a rule and makes it ready for use. The error is an *Error with
// every fault that was found.
func Compile(rule string) (*Filter, error) {
	if err := checkForm(rule); err != nil {
		return nil, err
	}
	if strings.TrimSpace(rule) == "true" { // most sources and outputs: worth the shortcut
		return &Filter{rule: &rule, always: true}, nil
	}
	env, err := environment()
	if err != nil {
		return nil, fmt.Errorf("rule: %w", err)
	}
	checked, issues := env.Compile(rule)
	if issues.Err() != nil {
		return nil, translate(issues)
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return nil, fault("a rule must be true or false, this one is %s", article(checked.OutputType()))
	}
	if err := checkCost(env, checked); err != nil {
		return nil, err
	}
	f := &Filter{rule: &rule, uses: variablesOf(checked), always: isTrue(checked)}
	f.program, err = env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(MaxCost), cel.InterruptCheckFrequency(checkEvery))
	if err != nil {
		return nil, fault("%s", err)
	}
	return f, nil
}

// Match reports whether the rule keeps the article. The error is ErrCost, the
// context's, or says why the rule has no answer: an index beyond a list's end, a
// conversion that failed.
func (f *Filter) Match(ctx context.Context, in Input) (bool, error) {
	if f.always {
		return true, nil
	}
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("rule: %w", err)
	}
	out, _, err := f.program.ContextEval(ctx, &activation{in: in})
	if err != nil {
		return false, failure(ctx, err)
	}
	keep, ok := out.(types.Bool)
	if !ok {
		return false, fmt.Errorf("rule: got %s, want true or false", out.Type().TypeName())
	}
	return bool(keep), nil
}

// failure says why a match has no answer.
func failure(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("rule: %w", cause)
	}
	if isCostLimit(err) {
		return fmt.Errorf("rule: %w", ErrCost)
	}
	return fmt.Errorf("rule: %w", err)
}

// Rule returns the rule as it was compiled. Where it is shown, remember that it
// may hold secrets.
func (f *Filter) Rule() string { return *f.rule }

// Public returns the rule as it may be shown.
func (f *Filter) Public() string {
	if f.public != nil {
		return *f.public
	}
	return *f.rule
}

// ShownAs returns the same rule with another text to be shown: what came from outside
// the configuration is hidden in it.
func (f *Filter) ShownAs(public string) *Filter {
	hidden := *f
	hidden.public = &public
	return &hidden
}

// UsesNow reports whether the rule names now, so that its answers change with time.
func (f *Filter) UsesNow() bool { return f.uses["now"] }

// UsesText reports whether the rule names summary, content, text or words, so
// that the article's texts must be loaded before it is matched.
func (f *Filter) UsesText() bool {
	return f.uses["summary"] || f.uses["content"] || f.uses["text"] || f.uses["words"]
}

// Always reports whether the rule is literally true.
func (f *Filter) Always() bool { return f.always }
