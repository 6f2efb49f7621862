package web

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
	"sluice/feed/repeat"
)

// logRequest logs a request to the site, in one line at level debug. Of what readers say,
// what may be a token is left out.
func (s *site) logRequest(x *exchange, r *http.Request, served Served) {
	agent := r.UserAgent()
	s.requests.DebugContext(r.Context(), "request",
		"method", shownToken(r.Method), "address", shownAddress(r, s.knows), "status", served.Status, "bytes", served.Bytes,
		"took", served.Took.Round(time.Microsecond).String(), "client", s.clientName(x, r), "family", familyOf(agent), "agent", shownAgent(agent))
}

// clientName is the address of who asks, as far as it is known.
func (s *site) clientName(x *exchange, r *http.Request) string {
	if client := s.proxies.client(x.peer(r), r.Header); client.IsValid() {
		return client.String()
	}
	return "unknown"
}

const (
	// maxShown is how much of what a reader says is logged, in bytes.
	maxShown = 200
	// maxMethod is how long a method may be to be shown, in bytes.
	maxMethod = 20
)

// secretWord is a word behind which a token may stand.
var secretWord = regexp.MustCompile(`(?i)token|secret|passw|auth|sig|key|code`)

// plainName is what a parameter's name may be to be shown.
var plainName = regexp.MustCompile(`^[a-z][a-z_]{0,15}$`)

// shownAddress is the path and the query of a request without what may be secret. A query
// means nothing to us but for a token, so no value of it is shown. A path is shown
// as a whole where it is one of ours. Of any other, which may be a mistyped address of a
// private feed, that is shown which looks like words. known reports whether there is
// an output of a name; nil: nobody knows.
func shownAddress(r *http.Request, known func(name string) bool) string {
	path := r.URL.EscapedPath()
	if strings.HasPrefix(path, callbackPath) {
		path = callbackPath + feed.Hidden // who knows the rest may speak for the hub
	} else if !isOurs(path, known) {
		path = shownPath(path)
	}
	if r.URL.RawQuery == "" && !r.URL.ForceQuery {
		return path
	}
	shown := make([]string, 0, 4)
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, hasValue := strings.Cut(pair, "=")
		if !hasValue || !plainName.MatchString(name) {
			name = ""
		}
		if len(shown) == cap(shown) {
			shown = append(shown, "…")
			break
		}
		shown = append(shown, strings.TrimPrefix(name+"="+feed.Hidden, "="))
	}
	return path + "?" + strings.Join(shown, "&")
}

// knows reports whether there is, or was, an output of a name.
func (s *site) knows(name string) bool {
	_, ok := s.outputs.Output(name)
	if !ok {
		_, ok = s.outputs.Renamed(name)
	}
	return ok || s.outputs.Withdrawn(name)
}

// isOurs reports whether a path is an address of ours.
func isOurs(path string, known func(name string) bool) bool {
	switch path {
	case "/", "", "/feeds.opml", "/robots.txt", publish.StylePath:
		return true
	}
	file, ok := strings.CutPrefix(path, "/feeds/")
	if !ok || known == nil {
		return false
	}
	at, ok := placeOf(file)
	return ok && known(at.name)
}

// wordsOf is the beginning of a path that looks like words: its first name, and behind
// /feeds/ the one that may be meant for an output's.
var wordsOf = regexp.MustCompile(`^/(?:feeds/)?[a-z._-]*`)

// shownPath is what looks like words at the beginning of a path.
func shownPath(path string) string {
	words := wordsOf.FindString(path)
	if at := secretWord.FindStringIndex(words); at != nil {
		words = words[:at[0]]
	}
	if len(words) > maxShown {
		words = words[:maxShown]
	}
	if len(words) < len(path) {
		words += feed.Hidden
	}
	return words
}

func isPlain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// shownToken is a word of the protocol as it is shown; net/http takes any.
func shownToken(word string) string {
	if len(word) > maxMethod || strings.ContainsFunc(word, func(r rune) bool { return !isPlain(r) }) {
		return feed.Hidden
	}
	return word
}

var (
	// agentQuery is the query of an address: services name the feed that they ask for.
	agentQuery = regexp.MustCompile(`(\?|%3[Ff])[^\s;,)]*`)
	agentPair  = regexp.MustCompile(`(?i)((?:token|secret|passw|auth|sig|key|code)\w*(?:=|:|%3d))[^\s;,)]*`)
)

// shownAgent is a User-Agent without what may be a token in it.
func shownAgent(agent string) string {
	if len(agent) > maxShown {
		agent = strings.ToValidUTF8(agent[:maxShown], "") + "…"
	}
	agent = agentQuery.ReplaceAllString(agent, "?"+feed.Hidden)
	return agentPair.ReplaceAllString(agent, "${1}"+feed.Hidden)
}

// troubles are what readers can bring about as often as they like, by what it is. There
// are no more than outputs, and places of the code, have kinds of it. The zero value is
// ready.
type troubles struct {
	mu sync.Mutex
	of map[string]repeat.Trouble
}

// tell logs trouble, at level debug where it was told of a moment ago. which tells it
// apart from others under the same message, and more says it.
func (t *troubles) tell(ctx context.Context, log *slog.Logger, level slog.Level, msg, which string, more ...any) {
	t.mu.Lock()
	if t.of == nil {
		t.of = map[string]repeat.Trouble{}
	}
	key := msg + "\x00" + which
	trouble, tell := t.of[key].Flood("", time.Now())
	t.of[key] = trouble
	t.mu.Unlock()
	if !tell {
		level = slog.LevelDebug
	} else if trouble.Untold > 1 {
		more = append(more, "times", trouble.Untold)
	}
	log.Log(ctx, level, msg, more...) //nolint:sloglint // the callers' are constant
}

// tell logs trouble with an output, or, under an empty name, with all.
func (s *site) tell(ctx context.Context, level slog.Level, msg, output string, more ...any) {
	if output != "" {
		more = append(more, "output", output)
	}
	s.troubles.tell(ctx, s.log, level, msg, output, more...)
}
