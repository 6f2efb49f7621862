package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"

	"sluice/feed/fuzztest"

	"github.com/google/go-cmp/cmp"
)

func TestTheFormOfTheLogSuitsWhoReadsIt(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	at, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("%T", info.Sys())
	}
	stream := fmt.Sprintf("%d:%d", at.Dev, at.Ino)
	for name, tc := range map[string]struct {
		format, stream string
		to             *console
		want           string
	}{
		"a person":                              {"auto", "", &console{w: f, terminal: true}, formText},
		"a person in a shell of a service":      {"auto", stream, &console{w: f, terminal: true}, formText},
		"the journal":                           {"auto", stream, &console{w: f}, formJournal},
		"a child of a service that is sent off": {"auto", "1:1", &console{w: f}, formJSON},
		"nonsense in the variable":              {"auto", "journal", &console{w: f}, formJSON},
		"a program":                             {"auto", "", &console{w: f}, formJSON},
		"no file":                               {"auto", stream, &console{w: &bytes.Buffer{}}, formJSON},
		"the journal, but JSON is asked for":    {"json", stream, &console{w: f}, formJSON},
		"the journal, but text is asked for":    {"text", stream, &console{w: f}, formText},
	} {
		t.Run(name, func(t *testing.T) {
			if got := logForm(tc.format, tc.to, tc.stream); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

func TestTheJournalIsToldHowGraveALineIs(t *testing.T) {
	var out bytes.Buffer
	log := newLogger(&out, slog.LevelDebug, formJournal).With("component", "ingest")
	for level, say := range map[slog.Level]string{slog.LevelDebug: "seen", slog.LevelInfo: "polled", slog.LevelWarn: "hub refused", slog.LevelError: "lost", slog.LevelInfo + 1: "between"} {
		log.Log(t.Context(), level, say, //nolint:sloglint // of a table
			"time", "now", "level", "x y")
	}
	got := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		got[strings.TrimSuffix(line, "\n")] = true
	}
	want := map[string]bool{}
	for _, line := range []string{
		`<7>msg=seen component=ingest level="x y"`, `<6>msg=polled component=ingest level="x y"`, `<6>msg=between component=ingest level="x y"`,
		`<4>msg="hub refused" component=ingest level="x y"`, `<3>msg=lost component=ingest level="x y"`,
	} {
		want[line] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestASignalMakesTheLogSayMoreAndThenLess(t *testing.T) {
	for usual, want := range map[slog.Level]string{
		slog.LevelDebug: "debug-info:INFO debug+info:DEBUG debug-info:INFO ",
		slog.LevelInfo:  "debug+info:DEBUG debug-info:INFO debug+info:DEBUG ",
		slog.LevelError: "debug+info:DEBUG debug-:ERROR debug+info:DEBUG ",
	} {
		t.Run(usual.String(), func(t *testing.T) {
			var out bytes.Buffer
			r := &run{usual: usual, level: &slog.LevelVar{}}
			r.level.Set(usual)
			r.log = newLogger(&out, r.level, formJSON)
			got := ""
			for range 3 {
				out.Reset()
				r.toggle(t.Context())
				var line struct{ Level, Msg string }
				if err := json.Unmarshal(out.Bytes(), &line); err != nil || !strings.HasPrefix(line.Msg, "log level changed") {
					t.Fatalf("%q: %v", out.String(), err)
				}
				now := r.level.Level()
				got += "debug" + map[bool]string{true: "+", false: "-"}[r.log.Enabled(t.Context(), slog.LevelDebug)]
				got += map[bool]string{true: "info", false: ""}[r.log.Enabled(t.Context(), slog.LevelInfo)]
				got += ":" + now.String() + " "
			}
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

// strangers are texts that would forge lines, move cursors or turn what is read.
var strangers = []string{
	"\n{\"level\":\"ERROR\",\"msg\":\"forged\"}", "\r\nlevel=ERROR msg=forged", "\x1b]0;x\a", "\x1b[2J", "gnp.\u202eexe", "a\u2028b\u2029c",
	"\x9b31m", "\u009b31m", "\x7f\x7f", "\xff\xfe", "<0>panic", "\x00", "msg=x level=ERROR", `"quoted" \ back`, "\U000e0041tag", "zero\u200bwidth\ufeff", "plain",
}

func FuzzALogLineIsOneLineThatCanBeSeen(f *testing.F) {
	for _, s := range strangers {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzztest.Within(t, len(text), fuzztest.Cost{Bytes: 4 << 20, Each: 4 << 10})()
		for _, form := range []string{formText, formJSON, formJournal} {
			var out bytes.Buffer
			log := newLogger(&out, slog.LevelDebug, form).With("source", text)
			log.InfoContext(t.Context(), text, //nolint:sloglint // also a message must not break it
				"title", text, "err", errors.New(text), "list", []string{text}, slog.Group("g", "ua", text))
			body, ended := strings.CutSuffix(out.String(), "\n")
			if !ended {
				t.Fatalf("%s: no end: %q", form, out.String())
			}
			for _, r := range body {
				if !unicode.IsPrint(r) {
					t.Fatalf("%s: %q is in %q", form, r, body)
				}
			}
			switch form {
			case formJournal:
				if !strings.HasPrefix(body, "<6>msg=") {
					t.Errorf("begins otherwise: %q", body)
				}
			case formJSON:
				var line struct{ Level, Title, Source string }
				if err := json.Unmarshal([]byte(body), &line); err != nil || line.Level != "INFO" {
					t.Fatalf("%q: %v", body, err)
				}
				if utf8.ValidString(text) && line.Title != text {
					t.Errorf("title %q is read as %q", text, line.Title)
				}
			}
		}
	})
}

func TestAnErrorOfACommandIsOneLineThatCanBeSeen(t *testing.T) {
	for _, text := range strangers {
		var stderr bytes.Buffer
		Main(context.Background(), Env{
			Args: []string{"status", "-c", filepath.Join(t.TempDir(), strings.NewReplacer("/", "", "\x00", "").Replace(text))}, Stdout: &bytes.Buffer{}, Stderr: &stderr,
			Getenv: func(string) string { return "" },
		})
		body, _ := strings.CutSuffix(stderr.String(), "\n")
		if !strings.HasPrefix(body, "sluice: ") || strings.ContainsFunc(body, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q", body)
		}
	}
}
