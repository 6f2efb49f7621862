package filter

import (
	"reflect"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

// enclosure is a feed.Enclosure as rules see it.
type enclosure struct {
	URL    string `cel:"url"`
	Type   string `cel:"type"`
	Length int64  `cel:"length"`
}

// variable is a name that rules may use.
type variable struct {
	name string
	kind *cel.Type
	// items and chars are how many items and how many characters each may have
	// for the estimate of a rule's cost. No longer texts and titles are stored;
	// the other bounds are above what feeds carry, and an article beyond them can
	// at worst exceed the limit that is counted when matching.
	items, chars uint64
}

// strs is the type of lists of strings.
var strs = cel.ListType(cel.StringType)

// variables is the contract's list, in its order.
var variables = []variable{
	{"source", cel.StringType, 0, 64},
	{"tags", strs, 64, 64},
	{"title", cel.StringType, 0, 4 << 10},
	{"summary", cel.StringType, 0, 1 << 20},
	{"content", cel.StringType, 0, 1 << 20},
	{"text", cel.StringType, 0, 1 << 20},
	{"url", cel.StringType, 0, 4 << 10},
	{"id", cel.StringType, 0, 4 << 10},
	{"author", cel.StringType, 0, 1 << 10},
	{"authors", strs, 256, 1 << 10},
	{"categories", strs, 64, 32},
	{"language", cel.StringType, 0, 64},
	{"published", cel.TimestampType, 0, 0},
	{"updated", cel.TimestampType, 0, 0},
	{"seen", cel.TimestampType, 0, 0},
	{"now", cel.TimestampType, 0, 0},
	{"words", cel.IntType, 0, 0},
	{"enclosures", cel.ListType(cel.ObjectType("filter.enclosure")), 64, 4 << 10},
}

// environment returns what all rules are compiled in; it is made once, as it
// costs more than compiling a hundred rules, and never changed.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.StdLib(),
		ext.Strings(),
		ext.NativeTypes(ext.ParseStructTags(true), reflect.TypeFor[enclosure]()),
		cel.ASTValidators(
			patternValidator{},
			cel.ValidateRegexLiterals(),
			cel.ValidateRegexProgramSizeLimit(maxProgram),
			cel.ValidateDurationLiterals(),
			cel.ValidateTimestampLiterals(),
			cel.ValidateHomogeneousAggregateLiterals(),
			cel.ValidateComprehensionNestingLimit(maxNesting),
		),
	}
	for _, v := range variables {
		options = append(options, cel.Variable(v.name, v.kind))
	}
	return cel.NewCustomEnv(options...)
})

// variablesOf returns the variables that a rule names. A loop's own variable of
// the same name counts, too: then something is loaded for nothing.
func variablesOf(checked *cel.Ast) map[string]bool {
	uses := map[string]bool{}
	for _, ref := range checked.NativeRep().ReferenceMap() {
		for _, v := range variables {
			if ref.Name == v.name {
				uses[v.name] = true
			}
		}
	}
	return uses
}

// isTrue reports whether the whole rule is the literal true.
func isTrue(checked *cel.Ast) bool {
	expr := checked.NativeRep().Expr()
	return expr.Kind() == ast.LiteralKind && expr.AsLiteral() == types.True
}
