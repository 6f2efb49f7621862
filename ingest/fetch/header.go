package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxSeconds is what larger numbers of seconds are taken for (RFC 9111,
	// section 1.2.2).
	maxSeconds = 1 << 31
	// maxRetryAfter bounds what one answer can stop.
	maxRetryAfter = 7 * 24 * time.Hour
)

// freshness returns how much longer an answer is fresh: max-age less Age, else
// Expires less Date (RFC 9111, section 4.2). An answer that must always be
// asked for anew, or says nothing that can be understood, is not fresh.
func freshness(h http.Header, now time.Time) time.Duration {
	age, given, never := maxAge(h.Values("Cache-Control"))
	switch {
	case never:
		return 0
	case given:
		spent, ok := seconds(strings.TrimSpace(h.Get("Age")))
		if !ok {
			spent = 0
		}
		return max(age-spent, 0)
	}
	raw := h.Get("Expires")
	if raw == "" {
		return 0
	}
	expires, err := http.ParseTime(raw)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(expires.Sub(now), 0), maxSeconds*time.Second)
}

// maxAge reads max-age, the first of several, and whether the answer may not be
// used again without asking. Directives for shared caches mean nothing to us.
func maxAge(lines []string) (age time.Duration, given, never bool) {
	seen := false
	for _, line := range lines {
		for line != "" {
			var name, value string
			name, value, line = directive(line)
			switch strings.ToLower(name) {
			case "no-cache", "no-store":
				never = true
			case "max-age":
				if !seen {
					age, given = seconds(value)
					seen = true
				}
			}
		}
	}
	return age, given, never
}

// directive cuts the first directive off a Cache-Control line. Commas within
// quotes are part of it; blanks around the parts are not.
func directive(line string) (name, value, rest string) {
	end, quoted := len(line), false
scan:
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			end = i
			break scan
		}
	}
	if end < len(line) {
		rest = line[end+1:]
	}
	name, value, _ = strings.Cut(line[:end], "=")
	value = strings.TrimSpace(value)
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = strings.TrimSpace(value[1 : len(value)-1])
	}
	return strings.TrimSpace(name), value, rest
}

// retryAfter reads seconds or any of the three forms of a date (RFC 9110,
// sections 5.6.7 and 10.2.3), which is measured by the answer's own clock. What
// is past or cannot be read is 0.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	wait, ok := seconds(value)
	if !ok {
		at, err := http.ParseTime(value)
		if err != nil {
			return 0
		}
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			now = date
		}
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// seconds reads a number of seconds; one that is too large is the largest.
func seconds(s string) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > maxSeconds { // only its size can be wrong
		n = maxSeconds
	}
	return time.Duration(n) * time.Second, true
}
