package parse

import (
	"strings"
	"testing"
)

func TestEntitiesDoNotMakeADocumentMuchLonger(t *testing.T) {
	all := declaredEntities([]byte(`<!DOCTYPE rss [ <!ENTITY a "` + strings.Repeat("x", maxEntity) + `"> ]>`))
	doc := strings.Repeat("&a;", 100_000)
	got := string(all.expand([]byte(doc)))
	if len(got) > len(doc)+len(doc)/8+maxEntityGrowth+maxEntity || !strings.HasPrefix(got, "xxx") || !strings.HasSuffix(got, "&a;") {
		t.Errorf("%d bytes became %d, %.3q to %q", len(doc), len(got), got, got[len(got)-3:])
	}
}

func TestEntitiesAreReadOfTheFirstThousandDeclarationsAtMost(t *testing.T) {
	var dtd strings.Builder
	for i := range 3 * maxEntities {
		dtd.WriteString("<!ENTITY e" + strings.Repeat("i", i%97) + strings.Repeat("j", i/97) + ` "x">`)
	}
	if all := declaredEntities([]byte(dtd.String())); len(all) != maxEntities {
		t.Errorf("%d entities", len(all))
	}
}
