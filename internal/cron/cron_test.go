package cron_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/cron"
)

func TestNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, zone, after, want string }{
		{"0 3 * * *", "Europe/Berlin", "2026-11-27T12:00:00Z", "2026-11-28T03:00:00+01:00 2026-11-29T03:00:00+01:00 2026-11-30T03:00:00+01:00"},
		{"0 3 * * MON-FRI", "", "2026-11-27T12:00:00Z", "2026-11-30T03:00:00Z 2026-12-01T03:00:00Z 2026-12-02T03:00:00Z"},
		{"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T02:30:00+02:00 2026-03-31T02:30:00+02:00 2026-04-01T02:30:00+02:00"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T02:30:00+02:00 2026-10-25T02:30:00+01:00 2026-10-26T02:30:00+01:00"},
		{"0 0 * * 7", "utc", "2026-11-27T12:00:00Z", "2026-11-29T00:00:00Z 2026-12-06T00:00:00Z 2026-12-13T00:00:00Z"},
		{"0 0 * * 5-7/2", "UTC", "2026-11-27T12:00:00Z", "2026-11-29T00:00:00Z 2026-12-04T00:00:00Z 2026-12-06T00:00:00Z"},
		{"0 0 29 2 *", "UTC", "2026-11-27T12:00:00Z", "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z 2036-02-29T00:00:00Z"},
	} {
		s, err := cron.Parse(c.text, c.zone)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, at := range s.Next(after, 3) {
			got = append(got, at.Format(time.RFC3339))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s in %q: %s, not %s", c.text, c.zone, text, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "has 0 fields",
		"0 3 * *":             "has 4 fields",
		"every 24 hours":      "has 3 fields",
		"60 3 * * *":          `"60" of "60 3 * * *" is no minute (0-59)`,
		"0 24 * * *":          `is no hour (0-23)`,
		"0 3 0 * *":           `is no day of the month (1-31)`,
		"0 3 L * *":           `is no day of the month (1-31)`,
		"0 3 * 13 *":          `is no month (1-12, JAN-DEC)`,
		"0 3 * * 8":           `is no day of the week (0-7, SUN-SAT)`,
		"0 3 ? * *":           `"?" of`,
		"5/15 3 * * *":        `"5/15" of`,
		"*/0 3 * * *":         `is no minute`,
		"10-5 3 * * *":        `is no minute`,
		"0 3 31 2 *":          "on no day of any year",
		"CRON_TZ=UTC 3 * * *": `"CRON_TZ=UTC" of`,
	} {
		if _, err := cron.Parse(text, "UTC"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %s", text, err, want)
		}
	}
	for _, zone := range []string{"Mars", "Local", "../etc/passwd", "Europe/Berln"} {
		if _, err := cron.Parse("0 3 * * *", zone); err == nil || !strings.Contains(err.Error(), "is no time zone") {
			t.Errorf("%q: %v", zone, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0 3 * * *", "*/5 0-6 1,2 JAN 7", "0 0 * * 1-7/3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := cron.Parse(text, "UTC")
		if err == nil && len(s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 1)) == 0 {
			t.Errorf("%q is never due", text)
		}
	})
}
