package cron_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/cron"
)

func TestCheckWords(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"every 24 hours", "every 5 mins", "every 5 minutes from 10:00 to 14:00", "every 12 hours synchronized", "every day 00:00", "Every Monday 9:05",
		"2nd,third mon, wed ,thu of march 17:00", "1st monday of sep,oct,nov 17:00", "fifth fri of month 09:00", "1 of jan,april,july,oct 00:00", "1,15 of quarter 08:00",
		"1st monday of second month of quarter 08:00", "0 3 * * *", "*/5 * * * MON",
	} {
		if err := cron.CheckWords(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{
		"", "every", "every 0 hours", "every 24 hour", "every 5 days", "every 2 hours from 10:00", "every 2 hours from 25:00 to 26:00", "every 2 hours synchronized from 1:00 to 2:00", "every monday",
		"monday 09:00", "1 00:00", "32 of month 00:00", "mon,,tue 09:00", "every mon, 09:00", "every day 24:00", "sixth monday of month 10:00", "1 of fourth month of quarter 00:00",
		"every day 10:00 11:00", "61 * * * *", "* * * *", "every, day 10:00",
	} {
		if err := cron.CheckWords(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}
