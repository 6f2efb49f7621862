package config_test

import (
	"strings"
	"testing"

	"sluice/config"

	"github.com/google/go-cmp/cmp"
)

func TestDiffSaysWhatChanged(t *testing.T) {
	const base = `
sources:
  - {name: a, url: https://example.org/a, tags: [news], auth: {password: one}, headers: {X-A: one}}
  - {name: b, url: "https://example.org/b?token=one"}
outputs:
  - {name: all, keep: title != ""}
  - {name: news, from: [tag:news]}
`
	tests := map[string]struct {
		old, new string // what is replaced in the file
		want     []string
	}{
		"the same":                           {"", "", nil},
		"the same, written in another way":   {"tags: [news]", "tags: ['news']", nil},
		"a default that is written down":     {"{name: all,", "{name: all, limit: 100, order: seen,", nil},
		"a group":                            {"sources:", "ingest: {workers: 3, per_host: {spacing: 2s}}\nsources:", []string{"ingest.workers: changed", "ingest.per_host.spacing: changed"}},
		"the listener":                       {"sources:", "server: {listen: ['127.0.0.1:1']}\nsources:", []string{"server.listen: changed"}},
		"a source comes":                     {"outputs:", "  - {name: c, url: https://example.org/c}\noutputs:", []string{"source c: added", "output all: sources: changed"}},
		"a source comes with a tag":          {"outputs:", "  - {name: c, url: https://example.org/c, tags: [news]}\noutputs:", []string{"source c: added", "output all: sources: changed", "output news: sources: changed"}},
		"a source goes":                      {`  - {name: b, url: "https://example.org/b?token=one"}` + "\n", "", []string{"source b: removed", "output all: sources: changed"}},
		"a source is renamed":                {`{name: b, `, `{name: c, was: [b], `, []string{"source c: renamed, was b", "output all: sources: changed"}},
		"a name is remembered":               {`{name: b, `, `{name: b, was: [c], `, []string{"source b: was: changed"}},
		"a secret, without showing it":       {"password: one", "password: two", []string{"source a: auth.password: changed"}},
		"a header":                           {"X-A: one", "X-A: two", []string{"source a: headers: changed"}},
		"a token in an address":              {"token=one", "token=two", []string{"source b: url: changed"}},
		"a rule":                             {`keep: title != ""`, `keep: title != "x"`, []string{"output all: keep: changed"}},
		"several keys of one output":         {`{name: news,`, `{name: news, limit: 5, order: published,`, []string{"output news: order: changed", "output news: limit: changed"}},
		"an output comes and another goes":   {`{name: news,`, `{name: fresh,`, []string{"output fresh: added", "output news: removed"}},
		"the default interval is everyone's": {"sources:", "ingest: {interval: 2h}\nsources:", []string{"ingest.interval: changed", "source a: interval: changed", "source b: interval: changed"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			before, after := parse(t, base), parse(t, strings.Replace(base, tt.old, tt.new, 1))
			if diff := cmp.Diff(config.Diff(before, after), tt.want); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
}
