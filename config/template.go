package config

import (
	"errors"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

// entry has the fields that a title template may use, with values that are long
// enough for templates that cut them.
type entry struct {
	Source, Name, Title, Author string
	Published                   time.Time
}

var unknownField = pattern(`can't evaluate field (\w+) in type`)

// titleTemplate reads and tries a text/template of a title.
func titleTemplate(v value) (string, bool) {
	s, ok := v.scalar("a template")
	if !ok || !v.oneLine(s) {
		return "", false
	}
	if err := tryTemplate(s.text); err != nil {
		if s.derived {
			v.fail("the template has a fault; it is not shown, because part of it comes from the environment or a file")
		} else {
			v.fail("%s", err)
		}
		return "", false
	}
	return s.text, true
}

func tryTemplate(text string) error {
	t, err := template.New("").Parse(text)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "template: :1: ")) // it is one line
	}
	if t.Tree == nil { // the empty template
		return nil
	}
	if len(t.Templates()) > 1 || loops(t.Root) {
		return errors.New("a title needs no range, define, block or template")
	}
	long := strings.Repeat("A title of many words. ", 20)
	err = t.Execute(&strings.Builder{}, entry{long, long, long, long, time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)})
	if err == nil {
		return nil
	}
	fields := []string{"Source", "Name", "Title", "Author", "Published"}
	if found := unknownField().FindStringSubmatch(err.Error()); found != nil {
		message := "unknown field " + found[1]
		for _, f := range fields {
			if distance(strings.ToLower(found[1]), strings.ToLower(f)) <= 2 {
				return errors.New(message + ", did you mean ." + f + "?")
			}
		}
		return errors.New(message + "; known are ." + strings.Join(fields, ", ."))
	}
	_, reason, _ := strings.Cut(err.Error(), ">: ")
	return errors.New("the template fails: " + reason)
}

// loops reports whether a template can run without an end, or calls another.
func loops(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return false
		}
		for _, child := range n.Nodes {
			if loops(child) {
				return true
			}
		}
	case *parse.IfNode:
		return loops(n.List) || loops(n.ElseList)
	case *parse.WithNode:
		return loops(n.List) || loops(n.ElseList)
	case *parse.RangeNode, *parse.TemplateNode:
		return true
	}
	return false
}
