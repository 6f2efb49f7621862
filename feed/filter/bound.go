package filter

import (
	"errors"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/interpreter"
)

// checkForm refuses what is not worth parsing.
func checkForm(rule string) error {
	switch {
	case strings.TrimSpace(rule) == "":
		return fault("the rule is empty; write true to keep everything")
	case len(rule) > MaxLength:
		return fault("the rule has %d bytes; at most %d are allowed", len(rule), MaxLength)
	case !utf8.ValidString(rule):
		return fault("the rule is not valid UTF-8")
	}
	return nil
}

// checkCost refuses a rule whose cost for the largest article is out of bounds:
// loops inside loops over pieces of a text, texts multiplied by texts.
func checkCost(env *cel.Env, checked *cel.Ast) error {
	estimate, err := env.EstimateCost(checked, sizes{})
	if err != nil {
		return fault("the rule's cost cannot be estimated: %s", err)
	}
	if estimate.Max > MaxCost {
		return fault("the rule could cost %d for a long article, and at most %d is allowed; avoid loops over split texts", estimate.Max, uint64(MaxCost))
	}
	return nil
}

// isCostLimit reports whether an evaluation was ended for its cost.
func isCostLimit(err error) bool {
	cancelled, ok := errors.AsType[interpreter.EvalCancelledError](err)
	return ok && cancelled.Cause == interpreter.CostLimitExceeded
}

// sizes says how large the variables of a rule may be.
type sizes struct{}

// EstimateSize implements cost.Estimator. nil leaves what is computed from
// other sizes to the library.
func (sizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	path := node.Path()
	if len(path) == 0 {
		return nil
	}
	for _, v := range variables {
		if v.name != path[0] {
			continue
		}
		most := v.chars
		if len(path) == 1 && v.items > 0 {
			most = v.items
		}
		return &cost.SizeEstimate{Min: 0, Max: max(most, 1)}
	}
	return nil
}

// EstimateCallCost implements cost.Estimator; nil leaves it to the library.
func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// patternValidator refuses regular expressions that are long, or that only an
// article would give: what a stranger writes must not be compiled.
type patternValidator struct{}

// Name implements cel.ASTValidator.
func (patternValidator) Name() string { return "sluice.validator.pattern" }

// Validate implements cel.ASTValidator.
func (patternValidator) Validate(_ *cel.Env, _ cel.ValidatorConfig, a *ast.AST, iss *cel.Issues) {
	for _, expr := range ast.MatchDescendants(ast.NavigateAST(a), ast.FunctionMatcher("matches")) {
		call := expr.AsCall()
		args := call.Args()
		if len(args) == 0 {
			continue
		}
		pattern := args[len(args)-1]
		if pattern.Kind() != ast.LiteralKind {
			iss.ReportErrorAtID(pattern.ID(), "the pattern of matches must be a literal string")
			continue
		}
		if text, ok := pattern.AsLiteral().Value().(string); ok && len(text) > MaxPattern {
			iss.ReportErrorAtID(pattern.ID(), "the pattern has %d bytes; at most %d are allowed", len(text), MaxPattern)
		}
	}
}
