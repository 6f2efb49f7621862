package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/config"

	"github.com/google/go-cmp/cmp"
)

const (
	wantDuration = "want a duration such as 30s, 15m, 1h or 7d"
	wantName     = "want a name of at most 64 lower-case letters, digits and hyphens, beginning with a letter or digit"
	wantAddress  = "want an address that begins with http://, https:// or file:"
	wantTag      = "want a tag of at most 64 bytes without commas and without blanks around it"
)

func TestProblems(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		// The file as a whole.
		"an empty file":                  {"", []string{"1:1: the file is empty: sources and outputs are missing"}},
		"a file of comments":             {"# c\n\n# d\n", []string{"1:1: the file is empty: sources and outputs are missing"}},
		"a file that says nothing":       {"~", []string{"1:1: the file is empty: sources and outputs are missing"}},
		"a list instead of a mapping":    {"- a", []string{"1:1: want a mapping of server, storage, ingest, sources and outputs, got a list"}},
		"two documents":                  {"sources: []\n---\na: 1", []string{"2:1: a second document begins here; a configuration is one document"}},
		"bytes that are not UTF-8":       {"sources: []\n# \xff", []string{"2:3: a character is not allowed here: the file must be UTF-8 text"}},
		"a syntax error":                 {"server:\n  listen: [a", []string{"2:13: YAML: did not find expected ',' or ']' (while parsing a flow sequence that begins in line 2)"}},
		"a tab as indentation":           {"server:\n\tlisten: a", []string{"2:1: YAML: no value begins like this; indent with blanks, and put a text that begins with @, %, ` or a tab in quotes"}},
		"a colon in a text":              {"server:\n  listen: a: b", []string{`2:12: YAML: ": " is not allowed here; put a text that holds it in quotes, and look at the indentation`}},
		"a variable in a flow mapping":   {source("auth: {password: ${X}}"), []string{"4:23: YAML: did not find expected ',' or '}'; inside { } and [ ] a text with ${NAME} needs quotes"}},
		"an anchor that is not there":    {source("title: *x"), []string{"4:12: YAML: no anchor of that name; put a text that begins with * in quotes"}},
		"merge keys":                     {source("<<: {title: x}"), []string{"4:5: sources[0]: merge keys (<<) are not supported; repeat the keys"}},
		"a list as a key":                {"? [a]\n: b\n", []string{"1:3: a key must be text"}},
		"an unknown key":                 {"sauces: []", []string{`1:1: sauces: unknown key, did you mean "sources"?`}},
		"an unknown key far from others": {"quite_different: 1", []string{"1:1: quite_different: unknown key; known are server, storage, ingest, sources, sources_opml, outputs"}},
		"an unknown key in a small map":  {"server: {tls: {file: x}}", []string{"1:16: server.tls.file: unknown key; known are cert, key"}},
		"a key twice":                    {source("title: a\n    title: b"), []string{"5:5: sources[0].title: duplicate key, first in line 4"}},
		"a key twice in quotes":          {source("title: a\n    \"title\": b"), []string{"5:5: sources[0].title: duplicate key, first in line 4"}},

		// Wrong types.
		"a list for a duration":          {source("interval: [1h]"), []string{"4:15: sources[0].interval: " + wantDuration + ", got a list"}},
		"a number without a unit":        {source("interval: 30"), []string{`4:15: sources[0].interval: ` + wantDuration + `, got "30"`}},
		"an unknown unit":                {source("interval: 2w"), []string{`4:15: sources[0].interval: ` + wantDuration + `, got "2w"`}},
		"units out of order":             {source("interval: 30m1h"), []string{`4:15: sources[0].interval: ` + wantDuration + `, got "30m1h"`}},
		"a negative duration":            {source("interval: -1h"), []string{`4:15: sources[0].interval: ` + wantDuration + `, got "-1h"`}},
		"a duration of ages":             {source("interval: 99999999999d"), []string{`4:15: sources[0].interval: ` + wantDuration + `, got "99999999999d"`}},
		"a mapping for a text":           {source("title: {a: b}"), []string{"4:12: sources[0].title: want text, got a mapping"}},
		"a text for a list":              {source("tags: news"), []string{"4:11: sources[0].tags: want a list, got text"}},
		"nothing inside a list":          {source("tags: [a, ~]"), []string{"4:15: sources[0].tags[1]: want a tag, got nothing"}},
		"a text for a flag":              {source("http1: maybe"), []string{`4:12: sources[0].http1: want true or false, got "maybe"`}},
		"yes is no flag":                 {source("http1: yes"), []string{`4:12: sources[0].http1: want true or false, got "yes"`}},
		"a flag in quotes":               {source(`http1: "true"`), []string{"4:12: sources[0].http1: want true or false, got text; leave out the quotes"}},
		"a number in quotes":             {output(`limit: "5"`), []string{"6:12: outputs[0].limit: want a whole number from 1 to 100000, got text; leave out the quotes"}},
		"a fraction":                     {output(`limit: 1.5`), []string{`6:12: outputs[0].limit: want a whole number from 1 to 100000, got "1.5"`}},
		"a number beyond all bounds":     {output(`limit: 99999999999999999999`), []string{`6:12: outputs[0].limit: want a whole number from 1 to 100000, got "99999999999999999999"`}},
		"a scalar for a group":           {"ingest: 5", []string{"1:9: ingest: want a mapping, got a number"}},
		"a size in another unit":         {"ingest: {max_body: 15MB}", []string{`1:20: ingest.max_body: want a size such as 512KiB, 15MiB or 1GiB, got "15MB"`}},
		"a size that overflows":          {"ingest: {max_body: 9999999999GiB}", []string{`1:20: ingest.max_body: want a size such as 512KiB, 15MiB or 1GiB, got "9999999999GiB"`}},
		"no bytes at all":                {"ingest: {max_body: 0}", []string{`1:20: ingest.max_body: want a size such as 512KiB, 15MiB or 1GiB, got "0"`}},
		"a tag of YAML":                  {source("title: !foo bar"), []string{"4:12: sources[0].title: YAML tags are not supported here; leave out what begins with !"}},
		"binary text":                    {source("title: !!binary aGFsbG8="), []string{"4:12: sources[0].title: YAML tags are not supported here; leave out what begins with !"}},
		"a word that is no choice":       {source("identity: links"), []string{`4:15: sources[0].identity: want auto, guid, link or content (did you mean "link"?), got "links"`}},
		"a choice far from all":          {output("order: random"), []string{`6:12: outputs[0].order: want seen or published, got "random"`}},
		"a line break in a title":        {source(`title: "a\nb"`), []string{"4:12: sources[0].title: must be one line without control characters"}},
		"too much per host":              {"ingest: {per_host: {parallel: 65}}", []string{`1:31: ingest.per_host.parallel: want a whole number from 1 to 64, got "65"`}},
		"nothing per host":               {"ingest: {per_host: {parallel: 0}}", []string{`1:31: ingest.per_host.parallel: want a whole number from 1 to 64, got "0"`}},
		"an output without entries":      {output("limit: 0"), []string{`6:12: outputs[0].limit: want a whole number from 1 to 100000, got "0"`}},
		"an output with too many":        {output("limit: 100001"), []string{`6:12: outputs[0].limit: want a whole number from 1 to 100000, got "100001"`}},
		"a tag with a comma":             {source(`tags: ["a,b"]`), []string{"4:12: sources[0].tags[0]: " + wantTag}},
		"a tag with blanks":              {source(`tags: [" a"]`), []string{`4:12: sources[0].tags[0]: ` + wantTag + `, got " a"`}},
		"an interval of half a second":   {source(`interval: 500ms`), []string{`4:15: sources[0].interval: want a duration of at least 1s, got "500ms"`}},
		"an environment that has no X":   {source("title: ${X}"), []string{"4:12: sources[0].title: the environment variable X is not set"}},
		"a variable without an end":      {source("title: a ${SECRET"), []string{"4:12: sources[0].title: ${ begins the name of a variable, such as ${NAME}; write $${ for a literal ${"}},
		"a variable without a name":      {source("title: ${a b}"), []string{"4:12: sources[0].title: ${ begins the name of a variable, such as ${NAME}; write $${ for a literal ${"}},
		"a file that is not there":       {source("title: {file: /no/such/file}"), []string{"4:19: sources[0].title: cannot read the file /no/such/file: no such file or directory"}},
		"a folder instead of a file":     {source("title: {file: /}"), []string{"4:19: sources[0].title: cannot read the file /: it is no regular file"}},
		"a file without a path":          {source("title: {file: }"), []string{"4:19: sources[0].title: {file: PATH} wants the path of a file, got nothing"}},
		"a file beside another key":      {source("title: {file: a, mode: b}"), []string{"4:12: sources[0].title: want text, got a mapping"}},
		"a value from outside is hidden": {source("interval: ${SECRET}"), []string{"4:15: sources[0].interval: " + wantDuration}},

		// Names.
		"a source without a name":             {"sources: [{url: https://example.org/}]", []string{"1:11: sources[0].name: is missing"}},
		"a source without an address":         {"sources:\n  - name: a\n    url:", []string{"2:5: sources[0].url: is missing"}},
		"an output without a name":            {"outputs: [{}]", []string{"1:11: outputs[0].name: is missing"}},
		"a name with capitals":                {"outputs: [{name: World News}]", []string{"1:18: outputs[0].name: " + wantName + `, did you mean "world-news"?`}},
		"a name that begins with a hyphen":    {"outputs: [{name: -a}]", []string{"1:18: outputs[0].name: " + wantName + `, did you mean "a"?`}},
		"a name with a dot":                   {"outputs: [{name: a.rss}]", []string{"1:18: outputs[0].name: " + wantName + `, did you mean "a-rss"?`}},
		"a name of 65 letters":                {"outputs: [{name: " + strings.Repeat("a", 65) + "}]", []string{"1:18: outputs[0].name: " + wantName}},
		"two sources of one name":             {good[:len("sources:\n")] + "  - {name: a, url: https://e.org/}\n  - {name: a, url: https://f.org/}", []string{"3:12: sources[1].name: the name is used already, by sources[0].name"}},
		"a name that another source had":      {"sources:\n  - {name: a, url: https://e.org/, was: [b]}\n  - {name: b, url: https://f.org/}", []string{"3:12: sources[1].name: the name is used already, by sources[0].was[0]"}},
		"an earlier name that is in use":      {"sources:\n  - {name: a, url: https://e.org/}\n  - {name: b, url: https://f.org/, was: [c, a]}", []string{"3:45: sources[1].was[1]: the name is used already, by sources[0].name"}},
		"a source that was what it is":        {"sources:\n  - {name: a, url: https://e.org/, was: [a]}", []string{"2:42: sources[0].was[0]: the name is used already, by sources[0].name"}},
		"two outputs of one name":             {"outputs: [{name: a}, {name: a}]", []string{"1:29: outputs[1].name: the name is used already, by outputs[0].name"}},
		"an output had another one's name":    {"outputs: [{name: a, was: [b]}, {name: b}]", []string{"1:39: outputs[1].name: the name is used already, by outputs[0].was[0]"}},
		"an unknown source":                   {output("from: [b-2]"), []string{`6:12: outputs[0].from[0]: unknown source, did you mean "b-1"?`}},
		"an unknown source far from all":      {output("from: [guardian]"), []string{"6:12: outputs[0].from[0]: unknown source"}},
		"a tag that is not called one":        {output("from: [news]"), []string{"6:12: outputs[0].from[0]: unknown source; write tag:news for the sources with that tag"}},
		"a source by its earlier name":        {output("from: [old-b]"), []string{`6:12: outputs[0].from[0]: the source of that name is called "b-1" now`}},
		"a broken pattern":                    {output(`from: ["[a"]`), []string{"6:12: outputs[0].from[0]: is no pattern: * stands for any characters, ? for one, [a-z] for one of a range"}},
		"an unknown source that is preferred": {output(`prefer: [b-2]`), []string{`6:14: outputs[0].prefer[0]: unknown source, did you mean "b-1"?`}},

		// Addresses.
		"a missing scheme":                 {address("blog.example.org/feed"), []string{`2:10: sources[0].url: missing scheme, did you mean "https://blog.example.org/feed"?`}},
		"a missing scheme before a port":   {address("example.org:8080/feed"), []string{`2:10: sources[0].url: missing scheme, did you mean "https://example.org:8080/feed"?`}},
		"a missing scheme, with secrets":   {address("u:p@example.org/feed?key=k"), []string{`2:10: sources[0].url: missing scheme, did you mean "https://***@example.org/feed?key=***"?`}},
		"a missing scheme from outside":    {address("${HOST}/feed"), []string{"2:10: sources[0].url: missing scheme: " + wantAddress}},
		"a path is no address":             {address("/var/feed.xml"), []string{"2:10: sources[0].url: missing scheme: " + wantAddress}},
		"an unknown scheme":                {address("gopher://example.org/"), []string{"2:10: sources[0].url: " + wantAddress}},
		"a scheme that is misspelt":        {address("htps://example.org/"), []string{"2:10: sources[0].url: " + wantAddress + `, did you mean "https"?`}},
		"feed: is what browsers wrote":     {address("feed://example.org/"), []string{"2:10: sources[0].url: " + wantAddress + "; write https: instead of feed:"}},
		"mail is no feed":                  {address("mailto:a@example.org"), []string{"2:10: sources[0].url: " + wantAddress}},
		"one slash":                        {address("http:/example.org/"), []string{"2:10: sources[0].url: the address names no host: write http://HOST/PATH"}},
		"no host":                          {address("https:///feed"), []string{"2:10: sources[0].url: the address names no host"}},
		"a blank in an address":            {address("https://example.org/a b"), []string{"2:10: sources[0].url: an address has no blanks or control characters in it; write %20 for a blank"}},
		"a broken escape":                  {address("https://example.org/%zz"), []string{"2:10: sources[0].url: is no valid address"}},
		"a port that is none":              {address("https://example.org:0/"), []string{"2:10: sources[0].url: the port is not between 1 and 65535"}},
		"an empty address":                 {address(`""`), []string{"2:10: sources[0].url: " + wantAddress + ", got nothing"}},
		"a file on another machine":        {address("file://server/feed.xml"), []string{"2:10: sources[0].url: a file: address names a file of this machine: write file:PATH, or file:/PATH from the root"}},
		"a file without a name":            {address("file://"), []string{"2:10: sources[0].url: the file: address names no file"}},
		"a proxy for files":                {source("proxy: file:/x"), []string{"4:12: sources[0].proxy: want an address that begins with http://, https:// or socks5://"}},
		"a base without a scheme":          {"server: {base_url: example.org}", []string{`1:20: server.base_url: missing scheme, did you mean "https://example.org"?`}},
		"a base with a query":              {"server: {base_url: \"http://example.org/?a\"}", []string{"1:20: server.base_url: want an address without ? and #"}},
		"a base with a fragment":           {"server: {base_url: \"http://example.org/#\"}", []string{"1:20: server.base_url: want an address without ? and #"}},
		"a base with a password":           {"server: {base_url: \"http://u:p@example.org/\"}", []string{"1:20: server.base_url: subscribers see it, so it has no user info"}},
		"a base with a host that is none":  {"server: {base_url: \"http://-ü-.example/\"}", []string{"1:20: server.base_url: the host is no name that the domain name system can hold"}},
		"an address without a port":        {"server: {listen: localhost}", []string{`1:18: server.listen: want an address to listen on: host:port, or unix:/path; "localhost" has no port`}},
		"a port with a name":               {`server: {listen: ":http"}`, []string{"1:18: server.listen: the port is not a number from 0 to 65535"}},
		"a socket without a path":          {`server: {listen: "unix:"}`, []string{"1:18: server.listen: unix: wants the path of a file"}},
		"nothing to listen on":             {`server: {listen: []}`, []string{"1:18: server.listen: want at least one address"}},
		"an address used twice":            {`server: {listen: ["127.0.0.1:8081"]}`, []string{"1:18: server.listen: an address is used twice, here or as server.admin"}},
		"admin on all interfaces":          {`server: {admin: ":9"}`, []string{"1:17: server.admin: others could reach it; use 127.0.0.1, [::1] or unix:/path, or set admin_remote: true"}},
		"admin on a name":                  {`server: {admin: "example.org:9"}`, []string{"1:17: server.admin: others could reach it; use 127.0.0.1, [::1] or unix:/path, or set admin_remote: true"}},
		"a certificate without a key":      {`server: {tls: {cert: a}}`, []string{"1:15: server.tls: cert and key belong together: give both or none"}},
		"a network that is none":           {"ingest: {allow_private: [10.0.0.0/33]}", []string{`1:26: ingest.allow_private[0]: want a network such as 10.0.0.0/8, an IP address or a host name, got "10.0.0.0/33"`}},
		"an address of too many bytes":     {"ingest: {allow_private: [1.2.3.4.5]}", []string{`1:26: ingest.allow_private[0]: want a network such as 10.0.0.0/8, an IP address or a host name, got "1.2.3.4.5"`}},
		"a store that is a folder":         {"storage: {path: db/}", []string{"1:17: storage.path: want the path of a file"}},
		"a header that sluice sets":        {source("headers: {if-none-match: x}"), []string{"4:15: sources[0].headers.if-none-match: is set by sluice itself"}},
		"a header twice":                   {source("headers: {A: x, a: y}"), []string{"4:21: sources[0].headers.a: is given twice: the case of letters makes no difference"}},
		"a header without a value":         {source("headers: {A: }"), []string{"4:15: sources[0].headers: a header has no value"}},
		"a header with a line break":       {source(`headers: {A: "x\r\ny"}`), []string{"4:18: sources[0].headers.A: must be one line without control characters"}},
		"a header that cannot be":          {source(`headers: {"a:b": "x"}`), []string{"4:15: sources[0].headers: a header's name has a character that is not allowed in it"}},
		"a token beside a password":        {source(`auth: {bearer: a, password: b}`), []string{"4:11: sources[0].auth: has a bearer token and a user; a source has one of them"}},
		"an interval below the least":      {source("interval: 5m"), []string{"4:15: sources[0].interval: is below ingest.min_interval, 15m"}},
		"a default below the least":        {"ingest: {interval: 10m}", []string{"1:20: ingest.interval: is below ingest.min_interval, 15m"}},
		"a cap below the least":            {"ingest: {max_interval: 10m}", []string{"1:24: ingest.max_interval: is below ingest.min_interval, 15m"}},
		"a least that a source is below":   {"ingest: {min_interval: 2h}\n" + source("interval: 1h30m"), []string{"5:15: sources[0].interval: is below ingest.min_interval, 2h"}},
		"a field that entries do not have": {output("title_template: '{{.Titel}}'"), []string{"6:21: outputs[0].title_template: unknown field Titel, did you mean .Title?"}},
		"a field far from all":             {output("title_template: '{{.Link}}'"), []string{"6:21: outputs[0].title_template: unknown field Link; known are .Source, .Name, .Title, .Author, .Published"}},
		"a template that does not parse":   {output("title_template: '{{.Title'"), []string{"6:21: outputs[0].title_template: unclosed action"}},
		"a template with a loop":           {output("title_template: '{{range 9}}x{{end}}'"), []string{"6:21: outputs[0].title_template: a title needs no range, define, block or template"}},
		"a template with a hidden loop":    {output("title_template: '{{if .Title}}{{with 1}}{{range 9}}x{{end}}{{end}}{{end}}'"), []string{"6:21: outputs[0].title_template: a title needs no range, define, block or template"}},
		"a template that fails":            {output("title_template: '{{index .Title 9999}}'"), []string{"6:21: outputs[0].title_template: the template fails: error calling index: index out of range: 9999"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(problems(t, tt.text), tt.want); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
}

// address is a file with one source at the address.
func address(url string) string {
	return "sources:\n  - url: " + url + "\n    name: a\noutputs: [{name: all}]\n"
}

func TestRulesAreToldWhereTheyStand(t *testing.T) {
	const message = "sources[0].keep: undeclared reference to 'athor', did you mean 'author'?"
	tests := map[string]struct{ keys, at string }{
		"a plain rule":                     {`keep: title == 'x' && athor == "y"`, "4:27"},
		"a rule in single quotes":          {`keep: 'title == "x" && athor == "y"'`, "4:28"},
		"single quotes within":             {`keep: 'title == ''x'' && athor == "y"'`, "4:30"},
		"a rule in double quotes":          {`keep: "title == 'x' && athor == 'y'"`, "4:28"},
		"escapes within":                   {`keep: "title == \"x\\\\\" && athor == \"y\""`, "4:34"},
		"an escape that hides the place":   {`keep: "title == 'x' \u0026\u0026 athor == 'y'"`, "4:11"},
		"characters, not bytes":            {`keep: 'title == "äöü" && athor == "y"'`, "4:30"},
		"literal lines":                    {"keep: |\n      title == 'x' &&\n        athor == 'y'", "6:9"},
		"literal lines after a blank one":  {"keep: |-\n\n      title == 'x' &&\n\n      athor == 'y'", "8:7"},
		"folded lines point at their head": {"keep: >\n      title == 'x' &&\n      athor == 'y'", "4:11"},
		"a plain rule on the next line":    {"keep:\n      athor == 'y'", "5:7"},
		"a plain rule over two lines":      {"keep: title == 'x' &&\n      athor == 'y'", "4:11"},
		"an anchor before the rule":        {`keep: &r 'title == "x" && athor == "y"'`, "4:11"},
		"inside a flow mapping":            {"title: x\n  - {name: b, url: https://example.org/, keep: true}\n  - {name: c, url: https://example.org/}\n  - name: d\n    url: https://example.org/", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.at == "" {
				parse(t, source(tt.keys))
				return
			}
			want := []string{tt.at + ": " + message}
			if diff := cmp.Diff(problems(t, source(tt.keys)), want); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
	t.Run("a rule from outside is not quoted", func(t *testing.T) {
		got := problems(t, source("keep: title == ${SECRET}"))
		want := []string{"4:11: sources[0].keep: the rule does not compile; why is not shown, because part of it comes from the environment or a file"}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("got (-), want (+):\n%s", diff)
		}
	})
}

func TestWhatIsAllowed(t *testing.T) {
	for name, text := range map[string]string{
		"a byte order mark":                      "\ufeff" + good,
		"DOS line ends":                          strings.ReplaceAll(good, "\n", "\r\n"),
		"JSON, which is YAML":                    `{"sources": [{"name": "a", "url": "https://example.org/"}], "outputs": [{"name": "all"}]}`,
		"keys without values are defaults":       "server:\nstorage: ~\ningest: {workers: }\n" + source("tags:\n    keep:"),
		"admin beyond this machine, if wanted":   `server: {admin: ":9090", admin_remote: true}` + "\n" + good,
		"admin on other loopback addresses":      `server: {admin: "127.8.9.1:9090"}` + "\n" + good,
		"admin by name":                          `server: {admin: "localhost:9090"}` + "\n" + good,
		"admin on IPv6":                          `server: {admin: "[::1]:9090"}` + "\n" + good,
		"admin on a socket":                      `server: {admin: unix:/run/admin}` + "\n" + good,
		"no admin":                               `server: {admin: ""}` + "\n" + good,
		"ports of the system's choice":           `server: {listen: "127.0.0.1:0", admin: "127.0.0.1:0"}` + "\n" + good,
		"all interfaces":                         `server: {listen: ":8080"}` + "\n" + good,
		"a base below the root":                  `server: {base_url: "https://example.org/feeds/"}` + "\n" + good,
		"an address in capitals":                 address("HTTPS://EXAMPLE.ORG/feed"),
		"a host with letters of its language":    address("https://bücher.example/feed"),
		"an IPv6 host":                           address("http://[::1]:8080/feed"),
		"a file from the root":                   address("file:///var/feed.xml"),
		"a file below the working directory":     address("file:feed.xml"),
		"sources without outputs":                "sources: [{name: a, url: https://example.org/}]",
		"the default said again":                 output("dedup: story\n    kind: articles\n    prefer: []\n    tokens: []\n    hubs: []"),
		"a template without fields":              output("title_template: news"),
		"an empty template":                      output(`title_template: ""`),
		"a template that cuts":                   output("title_template: '{{slice .Title 0 10}}'"),
		"a template that formats the date":       output(`title_template: '{{.Published.Format "2 Jan"}} {{printf "%.20s" .Title}}'`),
		"a password with odd characters":         source(`auth: {username: ":", password: "a'b\"c#d: e"}`),
		"a name of digits":                       "sources: [{name: 2024, url: https://example.org/}]",
		"a name of 64 letters":                   "outputs: [{name: " + strings.Repeat("a", 64) + "}]",
		"an interval above max_interval":         source("interval: 7d"),
		"a least above the default interval":     "ingest: {min_interval: 2h}\n" + good,
		"a source and an output of one name":     "sources: [{name: a, url: https://example.org/}]\noutputs: [{name: a}]",
		"an alias of a scalar":                   "sources:\n  - {name: a, url: https://example.org/, title: &t News}\n  - {name: b, url: https://example.org/, title: *t}",
		"an explicit tag that says nothing new":  source("title: !!str 2024"),
		"a rule that is a YAML truth":            source("keep: true"),
		"an auth that is empty":                  source(`auth: {username: "", password: ""}`),
		"a proxy that is empty":                  source(`proxy: ""`),
		"plain bytes":                            "ingest: {max_body: 1024}\n" + good,
		"all units of durations at once":         "ingest: {timeout: 1d2h3m4s5ms}\n" + good,
		"a document that is marked as beginning": "---\n" + good + "...\n",
	} {
		t.Run(name, func(t *testing.T) { parse(t, text) })
	}
}

func TestDefaultsFollowALongerLeastInterval(t *testing.T) {
	c := parse(t, "ingest: {min_interval: 2d}\n"+good)
	if c.Ingest.Interval != 48*time.Hour || c.Ingest.MaxInterval != 48*time.Hour || c.Sources[0].Interval != 48*time.Hour {
		t.Errorf("got %+v, %v", c.Ingest, c.Sources[0].Interval)
	}
}

func TestInvalidSaysTheFirstProblemAndHowMany(t *testing.T) {
	_, err := config.Parse("c.yaml", []byte("first: 1\nsecond: 2\nthird: 3"), nil)
	if got, want := fmt.Sprint(err), "c.yaml:1:1: first: unknown key; known are server, storage, ingest, sources, sources_opml, outputs (and 2 more)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err = config.Parse("c.yaml", []byte("server: {listen: x}"), nil)
	if invalid, ok := errors.AsType[*config.Invalid](err); !ok || invalid.Error() != invalid.Problems[0].String() {
		t.Errorf("got %v", err)
	}
}
