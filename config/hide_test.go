package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/config"
)

// sourceOf reads a configuration with one source, whose further keys are given.
func sourceOf(t *testing.T, keys string) config.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("sources: [{name: a, "+keys+"}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Sources[0]
}

func TestASourceHidesItsSecretsInWhatItsPublisherSays(t *testing.T) {
	t.Setenv("PART", "hidden-part")
	t.Setenv("HOST", "private.example.org")
	t.Setenv("WHOLE", "https://example.org/secret-folder/feed.xml")
	t.Setenv("PLAIN", "https://example.org/feed")
	tests := map[string]struct{ keys, says, want string }{
		"a token in a link":                   {"url: 'https://e.org/f?token=s3cret'", "https://e.org/1?a=b&token=s3cret#c", "https://e.org/1?a=b&token=***#c"},
		"a token in a text":                   {"url: 'https://e.org/f?token=s3cret'", "your token is s3cret.", "your token is ***."},
		"a token in HTML":                     {"url: 'https://e.org/f?token=s3cret'", `<a href="/?a=b&amp;token=s3cret">`, `<a href="/?a=b&amp;token=***">`},
		"a long token within a word":          {"url: 'https://e.org/f?key=0123456789abcdef'", "x0123456789abcdefx", "x***x"},
		"a token that another word holds":     {"url: 'https://e.org/f?key=secret'", "secretary, Secret", "secretary, Secret"},
		"a short token where it stood":        {"url: 'https://e.org/f?key=ab'", `<a href="https://e.org/1?key=ab&amp;p=1">ab</a>`, `<a href="https://e.org/1?key=***&amp;p=1">ab</a>`},
		"a short token of another parameter":  {"url: 'https://e.org/f?key=1'", "https://e.org/1?page=1&key=12&monkey=1", "https://e.org/1?page=1&key=12&monkey=1"},
		"a token with escapes":                {"url: 'https://e.org/f?token=a%2Fb%26cdefg'", "a/b&cdefg a%2Fb%26cdefg a%2fb%26cdefg a/b&amp;cdefg", "*** *** *** ***"},
		"a parameter that is no secret":       {"url: 'https://e.org/f?category=politics'", "politics, https://e.org/f?category=politics", "politics, https://e.org/f?category=politics"},
		"user info":                           {"url: 'https://ada:pw@e.org/f'", "https://ada:pw@e.org/1 by ada", "https://***@e.org/1 by ada"},
		"a password in user info":             {"url: 'https://ada:longpassword@e.org/f'", "longpassword, YWRhOmxvbmdwYXNzd29yZA==", "***, ***"},
		"a login":                             {"url: 'https://e.org/f', auth: {username: joe, password: opensesame}", "joe says opensesame (am9lOm9wZW5zZXNhbWU=)", "joe says *** (***)"},
		"a bearer token":                      {"url: 'https://e.org/f', auth: {bearer: mF_9.B5f-4.1JqM}", "Bearer mF_9.B5f-4.1JqM", "Bearer ***"},
		"a header":                            {"url: 'https://e.org/f', headers: {X-Key: abcdef}", "abcdef abcdefg", "*** abcdefg"},
		"a credential within a header":        {"url: 'https://e.org/f', headers: {Cookie: 'a=b; session=0123456789'}", "session 0123456789", "session ***"},
		"what is asked for is no credential":  {"url: 'https://e.org/f', headers: {Accept: 'text/html, application/xml'}", "application/xml", "application/xml"},
		"a short header":                      {"url: 'https://e.org/f', headers: {X-Example: '1'}", "1 of 11", "1 of 11"},
		"a part from outside":                 {"url: 'https://e.org/${PART}/f'", "https://e.org/hidden-part/1", "https://e.org/***/1"},
		"a host from outside is not hidden":   {"url: 'https://${HOST}/f'", "https://private.example.org/1", "https://private.example.org/1"},
		"an address from outside":             {"url: '${WHOLE}'", "http://example.org/secret-folder/feed.xml and /secret-folder/feed.xml", "http://*** and /***"},
		"an address that says nothing":        {"url: '${PLAIN}'", "https://example.org/feed and https://example.org/feedback", "https://example.org/feed and https://example.org/feedback"},
		"a part that others begin with":       {"url: 'https://e.org/${PART}'", "https://e.org/hidden-partner", "https://e.org/hidden-partner"},
		"what came from outside is not a tag": {"url: 'https://e.org/f', tags: [secret-tag]", "secret-tag", "secret-tag"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := sourceOf(t, tt.keys).Hider()
			if got := h.Text(tt.says); got != tt.want {
				t.Errorf("%q\ngot  %q\nwant %q", tt.says, got, tt.want)
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
				if shown := fmt.Sprintf(verb, h); h != nil && shown != "***" || strings.Contains(shown, "s3cret") {
					t.Errorf("%s shows %s", verb, shown)
				}
			}
		})
	}
}
