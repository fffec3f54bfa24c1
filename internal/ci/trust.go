package ci

// Which pull requests are of people whose code is trusted as what is merged is.
const (
	TrustNone           = "none"
	TrustSameRepository = "same-repository" // who pushed the branch may write to the repository
	TrustAll            = "all"
)

// Trusts are the words for it.
func Trusts() []string { return []string{TrustSameRepository, TrustAll, TrustNone} }

// Stranger says why the code of this run is not to be trusted, as the end of a
// sentence about the run; "" where it is. trusted is one of Trusts, "" the first.
func (o Origin) Stranger(trusted string) string {
	switch {
	case o.Event != PullRequest, trusted == TrustAll:
		return ""
	case trusted == TrustNone:
		return "it is of a pull request, and none is trusted"
	case !o.Fork():
		return ""
	case o.HeadRepository == "":
		return "it is of a pull request, and nothing says from which repository"
	}
	return "it is of a pull request from another repository, " + o.HeadRepository
}
