package scheduler

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// TestParse: the times that follow one, as clocks in the zone show them.
func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		schedule, zone, after string
		want                  []string
	}{
		{"0 3 * * *", "Europe/Berlin", "2026-01-01T03:00:00+01:00", []string{"2026-01-02T03:00:00+01:00", "2026-01-03T03:00:00+01:00"}},
		{"*/20 8-9 * * *", "UTC", "2026-01-01T08:30:00Z", []string{"2026-01-01T08:40:00Z", "2026-01-01T09:00:00Z"}},
		{"0 0 * * 7", "", "2026-01-01T00:00:00Z", []string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"}},
		{"0 0 * * 5-7", "utc", "2026-01-01T00:00:00Z", []string{"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-09T00:00:00Z"}},
		{"0 0 * * 1-7/2", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-02T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"}},
		{"0 0 1 * SAT", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-03T00:00:00Z", "2026-01-10T00:00:00Z"}},
		{"0 0 29 FEB *", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
		// A clock is put forward: half past two is not.
		{"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00", []string{"2026-03-30T02:30:00+02:00"}},
		{"0 * * * *", "Europe/Berlin", "2026-03-29T01:00:00+01:00", []string{"2026-03-29T03:00:00+02:00"}},
		{"0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00", []string{"2026-03-29T03:00:00+02:00"}},
		// It is put back: half past two is twice.
		{"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00", []string{"2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"}},
		{"0 3 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00", []string{"2026-10-25T03:00:00+01:00", "2026-10-26T03:00:00+01:00"}},
		{"0 3 * * *", "America/New_York", "2026-11-01T00:00:00-04:00", []string{"2026-11-01T03:00:00-05:00"}},
	} {
		s, err := parse(c.schedule, c.zone)
		if err != nil {
			t.Errorf("%s: %v", c.schedule, err)
			continue
		}
		at, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			w, err := time.Parse(time.RFC3339, want)
			if err != nil {
				t.Fatal(err)
			}
			if at = s.Next(at); !at.Equal(w) {
				t.Errorf("%s in %q after %s: %s, not %s", c.schedule, c.zone, c.after, at.In(w.Location()).Format(time.RFC3339), want)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"", "UTC"}, {"* * * *", "UTC"}, {"* * * * * *", "UTC"}, {"60 * * * *", "UTC"}, {"* 24 * * *", "UTC"}, {"* * 0 * *", "UTC"},
		{"* * * 13 *", "UTC"}, {"* * * * 8", "UTC"}, {"? * * * *", "UTC"}, {"@daily", "UTC"}, {"5/15 * * * *", "UTC"}, {"* * L * *", "UTC"},
		{"CRON_TZ=UTC * * * * *", "UTC"}, {"0 0 31 2 *", "UTC"}, {"* * * * *", "Europe/Berln"}, {"* * * * *", "Local"}, {"* * * * *", "../UTC"}, {"*/0 * * * *", "UTC"},
	} {
		if _, err := parse(c[0], c[1]); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%q in %q: %v", c[0], c[1], err)
		}
	}
	for _, s := range []string{"every 24 hours", "every monday 09:00", "1st,third monday of month 04:00", "first sunday of month 10:00"} {
		if _, err := parse(s, "UTC"); status.Code(err) != codes.Unimplemented {
			t.Errorf("%q: %v", s, err)
		}
	}
}
