package scheduler

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedules in App Engine's words. Source: the grammar at
// cloud.google.com/appengine/docs/flexible/scheduling-jobs-with-cron-yaml.

const (
	ordinalWord = `(?:1st|first|2nd|second|3rd|third|4th|fourth|5th|fifth)`
	dayWord     = `(?:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)`
	monthWord   = `(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)`
	clockWord   = `((?:[01]?[0-9]|2[0-3]):[0-5][0-9])`
)

// list is one of a word or more, between commas.
func list(word string) string { return word + `(?: ?, ?` + word + `)*` }

// forms are the two forms that schedules have.
var forms = sync.OnceValue(func() (f struct{ every, on *regexp.Regexp }) {
	f.every = regexp.MustCompile(`^every ([0-9]+) (hours|minutes|mins)(?: (synchronized)| from ` + clockWord + ` to ` + clockWord + `)?$`)
	f.on = regexp.MustCompile(`^(?:(every|` + list(ordinalWord) + `) (day|` + list(dayWord) + `)|(` + list(`[0-9]+`) + `))` +
		`(?: of (?:(month)|(` + list(monthWord) + `)|(?:(` + list(`(?:1st|first|2nd|second|3rd|third)`) + `) month of )?(quarter)))? ` + clockWord + `$`)
	return f
})

// inWords reads a schedule in App Engine's words; nil: it is none.
func inWords(text string, zone *time.Location) cron.Schedule {
	text = strings.Join(strings.Fields(strings.ToLower(text)), " ")
	if m := forms().every.FindStringSubmatch(text); m != nil {
		return newInterval(m, zone)
	}
	m := forms().on.FindStringSubmatch(text)
	if m == nil || m[3] != "" && m[4]+m[5]+m[7] == "" { // days of the month are of some month
		return nil
	}
	s := days{zone: zone, clock: clock(m[8]), of: numbers(m[3], number), nth: numbers(m[1], nth), on: numbers(m[2], weekday), months: numbers(m[5], month)}
	if m[7] != "" {
		for _, n := range numbers(m[6], nth) {
			s.months = append(s.months, n, n+3, n+6, n+9)
		}
		if m[6] == "" {
			s.months = []int{1, 4, 7, 10}
		}
	}
	if slices.ContainsFunc(s.of, func(n int) bool { return n < 1 || n > 31 }) || s.Next(time.Unix(0, 0)).IsZero() {
		return nil
	}
	return s
}

// numbers are those of a list's words; none for what leaves all of them.
func numbers(list string, number func(string) int) (all []int) {
	if list == "" || list == "every" || list == "day" {
		return nil
	}
	for _, word := range strings.Split(list, ",") {
		all = append(all, number(strings.TrimSpace(word)))
	}
	return all
}

// number is 0, as no day is, where it has too many digits.
func number(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil {
		return 0
	}
	return n
}

func nth(word string) int {
	switch {
	case word[0] <= '9':
		return int(word[0] - '0')
	case word == "fifth":
		return 5
	}
	return strings.Index("fisethfo", word[:2])/2 + 1
}

func weekday(word string) int { return strings.Index("sunmontuewedthufrisat", word[:3]) / 3 }

func month(word string) int {
	return strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", word[:3])/3 + 1
}

// clock is a time of day, as minutes.
func clock(text string) int {
	hour, minute, _ := strings.Cut(text, ":")
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	return 60*h + m
}

// days is a time on some days.
type days struct {
	zone   *time.Location
	clock  int
	of     []int // days of the month; none: weekdays count
	nth    []int // which of the month's weekdays of a name; none: all
	on     []int // weekdays, from Sunday; none: all
	months []int // none: all
}

// Next looks at each day; there is one in eight years, if ever. A time that a clock
// put forward leaves out is not run.
func (d days) Next(t time.Time) time.Time {
	year, month, day := t.In(d.zone).Date()
	for i := range 366 * 9 {
		at := time.Date(year, month, day+i, 0, d.clock, 0, 0, d.zone)
		if at.After(t) && at.Hour()*60+at.Minute() == d.clock && d.has(at) {
			return at
		}
	}
	return time.Time{}
}

func (d days) has(at time.Time) bool {
	in := func(all []int, n int) bool { return len(all) == 0 || slices.Contains(all, n) }
	if !in(d.months, int(at.Month())) {
		return false
	}
	if len(d.of) > 0 {
		return slices.Contains(d.of, at.Day())
	}
	which := (at.Day()-1)/7 + 1
	if len(d.on) == 0 { // "first day" is the month's first
		which = at.Day()
	}
	return in(d.on, int(at.Weekday())) && in(d.nth, which)
}

// interval is a pause of a length: after the last time, or from a time of each day on.
type interval struct {
	every    time.Duration
	zone     *time.Location
	bounded  bool
	from, to int // minutes of the day
}

func newInterval(m []string, zone *time.Location) cron.Schedule {
	n, err := strconv.Atoi(m[1])
	unit := time.Minute
	if m[2] == "hours" {
		unit = time.Hour
	}
	const day = 24 * time.Hour
	if err != nil || n < 1 || n > 1e6 || m[3] != "" && (time.Duration(n)*unit > day || day%(time.Duration(n)*unit) != 0) {
		return nil
	}
	s := interval{every: time.Duration(n) * unit, zone: zone, bounded: m[3]+m[4] != "", to: 24*60 - 1}
	if m[4] != "" {
		s.from, s.to = clock(m[4]), clock(m[5])
	}
	return s
}

// Next begins anew where each day's bounds do; they may lie in two days.
func (s interval) Next(t time.Time) time.Time {
	if !s.bounded {
		return t.Add(s.every).Truncate(time.Minute)
	}
	year, month, day := t.In(s.zone).Date()
	length := s.to - s.from
	if length < 0 {
		length += 24 * 60
	}
	for i := -1; ; i++ {
		begin := time.Date(year, month, day+i, 0, s.from, 0, 0, s.zone)
		if begin.After(t) {
			return begin
		}
		at := begin.Add((t.Sub(begin)/s.every + 1) * s.every)
		if !at.After(begin.Add(time.Duration(length) * time.Minute)) {
			return at
		}
	}
}
