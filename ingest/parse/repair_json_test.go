package parse_test

import (
	"strings"
	"testing"
)

func TestDamagedJSONIsReadAsItWasMeant(t *testing.T) {
	for name, tt := range map[string]struct {
		body, want string
		partial    bool
	}{
		"a byte order mark":              {"\uFEFF" + inJSON(`{"id":"1","title":"x"}`), "x | 1", false},
		"text behind it":                 {inJSON(`{"id":"1","title":"x"}`) + "\n<!-- } -->{", "x | 1", false},
		"an item that is null":           {inJSON(`null,{"id":"1","title":"x"}`), "x | 1", false},
		"items that are none":            {inJSON(`5,{"id":"1","title":"x"},"a",[],true`), "x | 1", false},
		"an author that is null":         {inJSON(`{"id":"1","title":"x","authors":[null,{"name":"Ada"}],"author":null,"tags":[null],"attachments":[null]}`), "x | 1 | Ada", false},
		"one value for a list":           {inJSON(`{"id":"1","tags":"t","authors":{"name":"Ada"},"attachments":{"url":"http://a.example/1","mime_type":"a/b"}}`), "1 | http://a.example/1 (a/b, 0) | Ada | t", false},
		"numbers for texts":              {inJSON(`{"id":1,"title":5.50,"content_text":true}`), "5.50 | 1 | true", false},
		"a text for a number":            {inJSON(`{"id":"1","attachments":[{"url":"http://a.example/1","size_in_bytes":"5"}]}`), "1 | http://a.example/1 (, 5)", false},
		"huge numbers":                   {inJSON(`{"id":1e999,"attachments":[{"url":"http://a.example/1","size_in_bytes":1e400,"duration_in_seconds":-1e400}]}`), "1e999 | http://a.example/1 (, 0)", false},
		"keys twice":                     {`{"title":"S","version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"0"}],"items":[{"id":"0","id":"1"}]}`, "1", false},
		"a comma behind the last":        {inJSON(`{"id":"1","tags":["a,]","b", ],},{"id":"2",` + "\n}, "), "1 | a,] | b; 2", false},
		"line breaks within strings":     {inJSON("{\"id\":\"1\",\"title\":\"x\ty\",\"content_text\":\"a\nb\"}"), "x y | 1 | <p>a<br>b</p>", false},
		"backslashes that escape none":   {inJSON(`{"id":"\1","title":"a\x\u12\"\\b"}`), `axu12"\b | 1`, false},
		"a comma that is missing":        {inJSON(`{"id":"1"},{"id":"2"} {"id":"3"}`), "1; 2", true},
		"an item that is damaged":        {inJSON(`{"id":"1"},{"id":"2"},{"id" "3"},{"id":"4"}`), "1; 2", true},
		"a cut between items":            {`{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1"},`, "1", true},
		"a cut within an item":           {`{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1"},{"id":"2","authors":[{"name":"A"},{`, "1", true},
		"a cut within an escape":         {`{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1"},{"id":"2\`, "1", true},
		"a cut behind the items":         {`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1"}],"title":"T`, "1", true},
		"a cut before the last brackets": {strings.TrimSuffix(inJSON(`{"id":"1"}`), "]}"), "1", true},
	} {
		t.Run(name, func(t *testing.T) {
			doc := mustRead(t, tt.body)
			if got := brief(doc.Articles); got != tt.want || (doc.Partial != "") != tt.partial {
				t.Errorf("%q, want %q; %s", got, tt.want, doc.Partial)
			}
		})
	}
}

func TestJSONThatIsNoFeedIsAnError(t *testing.T) {
	for body, reason := range map[string]string{
		`{}`:                       "version",
		`{"error":"no"}`:           "version",
		`[{"id":"1"}]`:             "array",
		`{"version":1}`:            "version",
		`{"version":"2.0"}`:        "version",
		`{"items":[{"id":"1"},{"i`: "version",
		`{"version":"https://jsonfeed.org/version/1.1","title":"T"}`:              "list of items",
		`{"version":"https://jsonfeed.org/version/1.1","title":"T","items":null}`: "list of items",
		`{"version":"https://jsonfeed.org/version/1.1","title":"T","items":{}}`:   "list of items",
		`{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id`: "valid JSON",
		`{"version":"https://jsonfeed.org/version/1.1","title":"T","it`:           "valid JSON",
		`{'version':'https://jsonfeed.org/version/1.1','title':'T','items':[]}`:   "valid JSON",
		`{"version":"https://jsonfeed.org/version/1.1","items":[]}`:               "neither a title nor items",
		`{"version":"https://jsonfeed.org/version/1.1","items":[null,5]}`:         "neither a title nor items",
	} {
		if doc, err := try(body); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %d articles of %q, %v, want an error that speaks of %q", body, len(doc.Articles), doc.Info.Title, err, reason)
		}
	}
}
