package scheduler

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are those of Google's servers, and not of this machine's

	"github.com/robfig/cron/v3"
)

var (
	// field is one of a schedule: the parser knows more than Google does.
	field = regexp.MustCompile(`^(\*|[0-9A-Z]+(-[0-9A-Z]+)?)(/[0-9]+)?(,(\*|[0-9A-Z]+(-[0-9A-Z]+)?)(/[0-9]+)?)*$`)
	// single is a number with a step, which Google has for ranges and * alone.
	single = regexp.MustCompile(`(^|,)[0-9A-Z]+/`)
)

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// parse reads a schedule of a zone. Times are the zone's own: one that a clock put
// forward leaves out is not run, and one that a clock put back shows twice is run
// twice. In App Engine's words too ("every 24 hours"). Source: cloud.google.com/scheduler/docs/configuring/cron-job-schedules.
func parse(schedule, zone string) (cron.Schedule, error) {
	wrong := invalid("Schedule or time zone is invalid.")
	loc, err := location(zone)
	if err != nil {
		return nil, wrong
	}
	if s := inWords(schedule, loc); s != nil {
		return s, nil
	}
	fields := strings.Fields(schedule)
	if len(fields) != 5 {
		return nil, wrong
	}
	for _, f := range fields {
		if !field.MatchString(f) || single.MatchString(f) {
			return nil, wrong
		}
	}
	fields[4] = sundays(fields[4])
	s, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return nil, wrong
	}
	spec := s.(*cron.SpecSchedule)
	spec.Location = loc
	if spec.Next(time.Now()).IsZero() { // 31 February
		return nil, wrong
	}
	return spec, nil
}

// location is a time zone. Google takes UTC however it is written.
func location(zone string) (*time.Location, error) {
	if zone == "" || strings.EqualFold(zone, "utc") {
		return time.UTC, nil
	}
	if zone == "Local" {
		return nil, invalid("no zone")
	}
	return time.LoadLocation(zone)
}

// sundays writes days of the week for the parser, which knows 7 not: an item that
// ends with it becomes the days that it stands for.
func sundays(days string) string {
	var out []string
	for _, item := range strings.Split(days, ",") {
		span, step, stepped := strings.Cut(item, "/")
		from, to, ranged := strings.Cut(span, "-")
		first, err := strconv.Atoi(from)
		by, stepErr := strconv.Atoi(step)
		switch {
		case item == "7":
			out = append(out, "0")
		case ranged && to == "7" && err == nil && first <= 7 && (!stepped || stepErr == nil && by > 0):
			for day := first; day <= 7; day += max(by, 1) {
				out = append(out, strconv.Itoa(day%7))
			}
		default:
			out = append(out, item)
		}
	}
	return strings.Join(out, ",")
}
