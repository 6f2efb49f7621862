package config_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"sluice/config"
)

const canary = "cAnArY0wo1f"

// secretive is a good file with the canary in every secret place.
var secretive = strings.ReplaceAll(`
sources:
  - name: a
    url: https://CANARY:CANARY@example.org/feed?token=CANARY&page=1
    headers: {X-Key: CANARY, Cookie: "a=CANARY"}
    auth: {username: CANARY, password: CANARY}
    proxy: http://user:CANARY@proxy.example.org:3128
    keep: title != "${CANARY}"
  - name: b
    url: https://example.org/${CANARY}/feed?page=${CANARY}
    auth: {bearer: "${CANARY}"}
outputs:
  - name: all
    hubs: ["https://CANARY:CANARY@hub.example.org/?token=CANARY", "https://${CANARY}.example.org/"]
`, "CANARY", canary)

func canaryEnvironment(string) (string, bool) { return canary, true }

func TestSecretsAreNeverShown(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte(secretive), canaryEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Sources[0].Auth.Password.Reveal() + c.Sources[1].URL.Reveal(); !strings.Contains(got, canary) {
		t.Fatal("the secrets were not read")
	}
	type hidden struct{ c config.Config } // fmt asks no methods in here
	values := map[string]any{
		"a pointer": c, "a value": *c, "sources": c.Sources, "a source": c.Sources[0], "a pointer to a source": &c.Sources[1],
		"headers": c.Sources[0].Headers, "auth": c.Sources[0].Auth, "a secret": c.Sources[0].Auth.Password,
		"a pointer to a secret": &c.Sources[0].Auth.Password, "an address": c.Sources[0].URL, "a proxy": c.Sources[0].Proxy,
		"a path from outside": c.Sources[1].URL, "an unexported field": hidden{*c}, "a pointer to one": &hidden{*c},
		"what changed": config.Diff(c, parse(t, good)), "a secret's fields": []any{c.Sources[0].Auth.Password, &c.Sources[0].URL},
		"a rule": c.Sources[0].Keep, "an output": c.Outputs[0], "hubs": c.Outputs[0].Hubs, "hubs as they are named": c.Outputs[0].Feed(),
	}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T", "%t"} {
				check(t, verb, fmt.Sprintf(verb, v))
			}
			check(t, "Sprint", fmt.Sprint(v))
			encoded, err := json.Marshal(v)
			if err != nil {
				t.Errorf("json: %v", err)
			}
			check(t, "json", string(encoded))
			encoded, _ = xml.Marshal(v) // what XML cannot hold is an error, and no leak
			check(t, "xml", string(encoded))
			var log bytes.Buffer
			for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
				slog.New(h).Info("configuration", "value", v, slog.Group("g", "value", v))
			}
			check(t, "slog", log.String())
			check(t, "error", fmt.Errorf("failed: %v: %w", v, errors.New("x")).Error())
		})
	}
}

// check fails when the canary, or the canary in hexadecimal, is in a text.
func check(t *testing.T, what, text string) {
	t.Helper()
	for _, leak := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary)} {
		if strings.Contains(text, leak) {
			t.Errorf("%s shows a secret: %s", what, text)
		}
	}
}

func TestSecretsAreShownAsStars(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte(secretive), canaryEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		fmt.Sprint(c.Sources[0].Auth.Password):         "***",
		fmt.Sprintf("%#v", c.Sources[0].Auth.Password): "***",
		fmt.Sprintln(config.Secret{}, "the empty one"): "*** the empty one\n",
		c.Sources[0].URL.Public():                      "https://***@example.org/feed?token=***&page=1",
		fmt.Sprint(c.Sources[0].URL):                   "https://***@example.org/feed?token=***&page=1",
		c.Sources[0].Keep.Public():                     `title != "***"`,
		c.Sources[1].Keep.Public():                     "true",
		c.Sources[0].Proxy.Public():                    "http://***@proxy.example.org:3128",
		c.Sources[1].URL.Public():                      "https://example.org/***/feed?page=***",
		c.Sources[0].URL.Bare():                        "https://example.org/feed?page=1",
		c.Sources[1].URL.Bare():                        "https://example.org/***/feed?page=***",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	encoded, err := json.Marshal(c.Sources[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"Password":"***"`, `"URL":"https://***@example.org/feed?token=***\u0026page=1"`, `"X-Key":"***"`} {
		if !strings.Contains(string(encoded), want) {
			t.Errorf("JSON has no %s:\n%s", want, encoded)
		}
	}
	if !config.NewSecret("x").Equal(config.NewSecret("x")) || config.NewSecret("x").Equal(config.Secret{}) {
		t.Error("secrets do not compare by their text")
	}
}

// TestNoProblemShowsASecret puts a secret into every secret place in every wrong
// way, and everything wrong around it.
func TestNoProblemShowsASecret(t *testing.T) {
	shapes := []string{
		canary, `"` + canary + `"`, "[" + canary + "]", "{" + canary + ": 1}", "{" + canary + "}", "[[" + canary + "]]", "{file: " + canary + "x", "{a: {b: " + canary + "}}",
		"!" + canary + " x", "*" + canary, "&" + canary + " [x]", "!!int " + canary, "%" + canary, "@" + canary, "'" + canary, `"` + canary, `"\q` + canary + `"`, canary + ": x: y",
		"- " + canary, "|\n      " + canary + "\n      " + canary, `"` + canary + `\n"`, `"` + canary + `\0"`, "https://" + canary + "@example.org:x/", "https://u:" + canary + "@exa mple.org/",
		canary + "://example.org", "https://u:" + canary + "%@example.org", "u:" + canary + "@example.org/", "example.org?key=" + canary, "${NONE} " + canary, "${ " + canary, "x ${" + canary + " y}",
		"https://[" + canary + "/", "http://example.org:" + canary + "/", "\x01" + canary, "\t" + canary, "`" + canary, "{" + canary + ", " + canary + "}", "[" + canary, "{" + canary, "? " + canary,
	}
	places := []string{
		"sources:\n  - name: a\n    url: https://example.org/\n    auth: %s\n",
		"sources:\n  - name: a\n    url: https://example.org/\n    auth:\n      password: %s\n",
		"sources:\n  - name: a\n    url: https://example.org/\n    auth:\n      username: %s\n      bearer: %[1]s\n",
		"sources:\n  - name: a\n    url: https://example.org/\n    auth:\n      passwort: %s\n",
		"sources:\n  - name: a\n    url: https://example.org/\n    auth:\n      %s\n",
		"sources:\n  - name: a\n    url: https://example.org/\n    headers: %s\n",
		"sources:\n  - name: a\n    url: https://example.org/\n    headers:\n      X-Key: %s\n",
		"sources:\n  - name: a\n    url: https://example.org/\n    headers:\n      If-None-Match: %s\n      X Y: %[1]s\n",
		"sources:\n  - name: a\n    url: https://example.org/\n    password: %s\n    bearer: %[1]s\n    quite_unknown: %[1]s\n",
		"outputs:\n  - name: a\n    tokens: %s\n",
		"outputs:\n  - name: a\n    tokens:\n      - %s\n",
		"storage:\n  path: postgres://user:%s@example.org/\n",
	}
	for _, place := range places {
		for _, shape := range shapes {
			text := fmt.Sprintf(place, shape)
			_, err := config.Parse("c.yaml", []byte(text), environment)
			invalid, ok := errors.AsType[*config.Invalid](err)
			if !ok {
				continue // a good file shows nothing
			}
			for _, p := range invalid.Problems {
				if strings.Contains(p.String(), canary) {
					t.Errorf("%s\n%s", p, text)
				}
			}
		}
	}
	for _, shape := range shapes { // addresses: only what is not a secret by itself may be quoted
		for _, url := range []string{"https://u:%s@example.org/", "https://%s@example.org:0/", "u:%s@example.org", "example.org/?token=%s", "htps://u:%s@example.org/", "ftp://h/?key=%s"} {
			for _, key := range []string{"url", "proxy"} {
				text := "sources:\n  - name: a\n    " + key + ": " + fmt.Sprintf(url, strings.Trim(shape, "\n")) + "\n"
				_, err := config.Parse("c.yaml", []byte(text), environment)
				if invalid, ok := errors.AsType[*config.Invalid](err); ok {
					for _, p := range invalid.Problems {
						if strings.Contains(p.String(), canary) {
							t.Errorf("%s\n%s", p, text)
						}
					}
				}
			}
		}
	}
}
