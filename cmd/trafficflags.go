package cmd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func sharesHint(flag string) string {
	if flag == "to-tags" {
		return "Give --to-tags TAG=PERCENT,…, as in --to-tags next=10."
	}
	return "Give --to-revisions REVISION=PERCENT,…, as in --to-revisions hello-00001-abc=90,hello-00002-def=10."
}

// parseShares reads "A=90,B=10": revisions, which must have all of the traffic, or tags,
// which need not.
func parseShares(flag string, texts []string) (shares []release.Share, err error) {
	byTag, sum, seen := flag == "to-tags", 0, map[string]bool{}
	for _, word := range listed(texts) {
		name, percent, _ := strings.Cut(word, "=")
		n, err := strconv.Atoi(strings.TrimSuffix(percent, "%"))
		switch {
		case name == "" || err != nil:
			return nil, errs.New(errs.Usage, sharesHint(flag), "--%s: %q is no %s=PERCENT", flag, word, map[bool]string{true: "TAG", false: "REVISION"}[byTag])
		case byTag && (n < 0 || n > 100):
			return nil, errs.New(errs.Usage, sharesHint(flag), "--%s: %s must be from 0 to 100, not %d", flag, name, n)
		case !byTag && (n < 1 || n > 100):
			return nil, errs.New(errs.Usage, "Leave out what gets nothing.", "--%s: %s must be from 1 to 100, not %d", flag, name, n)
		case strings.EqualFold(name, release.Latest):
			return nil, errs.New(errs.Usage, "Name the revision, as `gcpdeploy releases` shows it, or give all with --to-latest.", "--%s: a share of the latest, whichever that is, cannot be given", flag)
		case seen[name]:
			return nil, errs.New(errs.Usage, sharesHint(flag), "--%s: %s is named twice", flag, name)
		}
		share := release.Share{Revision: name, Percent: n}
		if byTag {
			share = release.Share{Tag: name, Percent: n}
		}
		shares, sum, seen[name] = append(shares, share), sum+n, true
	}
	if len(shares) > 0 && (sum > 100 || sum < 100 && !byTag) {
		return nil, errs.New(errs.Usage, sharesHint(flag), "--%s: the shares are %d %% together, not 100", flag, sum)
	}
	return shares, nil
}

// listed takes "a, b" apart.
func listed(texts []string) (words []string) {
	for word := range strings.SplitSeq(strings.Join(texts, ","), ",") {
		words = append(words, nonEmpty(strings.TrimSpace(word))...)
	}
	return words
}

// parseRetag reads the flags that change tags.
func parseRetag(c *cli.Context) (r release.Retag, err error) {
	set, update, remove := c.IsSet("set-tags"), c.IsSet("update-tags"), c.IsSet("remove-tags")
	r.Remove, r.Clear = listed(c.StringSlice("remove-tags")), c.Bool("clear-tags") || set
	flag := "update-tags"
	if set {
		flag = "set-tags"
	}
	if n := len(nonEmpty(flagged("set-tags", set), flagged("update-tags", update || remove), flagged("clear-tags", c.Bool("clear-tags")))); n > 1 {
		return r, errs.New(errs.Usage, "Leave all but one out; --update-tags and --remove-tags go together.", "--set-tags, --clear-tags and --update-tags or --remove-tags exclude each other")
	}
	for _, word := range listed(c.StringSlice(flag)) {
		tag, revision, _ := strings.Cut(word, "=")
		switch {
		case tag == "" || revision == "":
			return r, errs.New(errs.Usage, "Give --"+flag+" TAG=REVISION,…, as in --"+flag+" next=hello-00002-def.", "--%s: %q is no TAG=REVISION", flag, word)
		case r.Set[tag] != "" || slices.Contains(r.Remove, tag):
			return r, errs.New(errs.Usage, "Say once what it is to be.", "the tag %s is named twice", tag)
		case r.Set == nil:
			r.Set = map[string]string{}
		}
		r.Set[tag] = revision
	}
	if (set || update) && len(r.Set) == 0 || remove && len(r.Remove) == 0 {
		return r, errs.New(errs.Usage, "Give --"+flag+" TAG=REVISION,…, --remove-tags TAG,…, or --clear-tags.", "no tag is named")
	}
	return r, nil
}
