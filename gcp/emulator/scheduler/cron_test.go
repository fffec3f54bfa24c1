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
		// In App Engine's words.
		{"every 24 hours", "UTC", "2026-01-01T08:30:20Z", []string{"2026-01-02T08:30:00Z", "2026-01-03T08:30:00Z"}},
		{"every 5 mins", "", "2026-01-01T08:32:00Z", []string{"2026-01-01T08:37:00Z"}},
		{"every 12 hours synchronized", "Europe/Berlin", "2026-01-01T08:30:00+01:00", []string{"2026-01-01T12:00:00+01:00", "2026-01-02T00:00:00+01:00"}},
		{"every 90 minutes from 10:00 to 14:00", "UTC", "2026-01-01T11:00:00Z", []string{"2026-01-01T11:30:00Z", "2026-01-01T13:00:00Z", "2026-01-02T10:00:00Z"}},
		{"every 2 hours from 22:00 to 2:00", "UTC", "2026-01-01T23:00:00Z", []string{"2026-01-02T00:00:00Z", "2026-01-02T02:00:00Z", "2026-01-02T22:00:00Z"}},
		{"Every  Day 00:00", "Europe/Berlin", "2026-01-01T00:00:00+01:00", []string{"2026-01-02T00:00:00+01:00"}},
		{"every mon,wednesday 09:00", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-05T09:00:00Z", "2026-01-07T09:00:00Z", "2026-01-12T09:00:00Z"}},
		{"2nd,third mon, wed of march 17:00", "UTC", "2026-01-01T00:00:00Z", []string{"2026-03-09T17:00:00Z", "2026-03-11T17:00:00Z", "2026-03-16T17:00:00Z", "2026-03-18T17:00:00Z", "2027-03-08T17:00:00Z"}},
		{"fifth fri of month 9:05", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-30T09:05:00Z", "2026-05-29T09:05:00Z"}},
		{"1 of jan,april,july,oct 00:00", "UTC", "2026-01-01T00:00:00Z", []string{"2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"}},
		{"29 of feb 00:00", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
		{"1st monday of second month of quarter 08:00", "UTC", "2026-01-01T00:00:00Z", []string{"2026-02-02T08:00:00Z", "2026-05-04T08:00:00Z"}},
		{"1,15 of quarter 08:00", "UTC", "2026-01-02T00:00:00Z", []string{"2026-01-15T08:00:00Z", "2026-04-01T08:00:00Z"}},
		{"every day 02:30", "Europe/Berlin", "2026-03-28T12:00:00+01:00", []string{"2026-03-30T02:30:00+02:00"}},
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
	for _, s := range []string{
		"every", "every 0 hours", "every 5 days", "every 7 hours synchronized", "every 2 hours from 10:00", "every 2 hours from 25:00 to 26:00", "every monday", "monday 09:00",
		"1 00:00", "32 of month 00:00", "31 of feb 00:00", "5th mon of may 24:00", "sixth monday of month 10:00", "1 of fourth month of quarter 00:00", "1,2 of month of quarter 00:00",
	} {
		if _, err := parse(s, "UTC"); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%q: %v", s, err)
		}
	}
}
