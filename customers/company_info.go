package customers

// CompanyInfo is who a customer is and whom Microsoft writes to: what it
// judges by its company info rules before it takes a customer or an agreement.
type CompanyInfo struct {
	CompanyName string
	FirstName   string // of the primary contact, like the names below
	MiddleName  string // may be left out
	LastName    string
	Email       string

	OwnDomains   []string // of the partner, and of the reseller if there is one: no customer's e-mail is there
	Placeholders []string // more words that are no name of a person; Microsoft does not publish its list
}

// Check returns every company info rule that the values break. Values are
// judged without the white space around them, and should be sent so; lengths
// count characters (Unicode code points), not bytes.
//
// The rules are Microsoft's, as far as its page and partners' pages tell them.
// Microsoft has the last word, and may refuse what passes here.
//
// Source: https://learn.microsoft.com/partner-center/customers/validate-names-addresses
func (c CompanyInfo) Check() Findings {
	return CheckCompanyName(c.CompanyName).Join(
		CheckPersonName(FieldFirstName, c.FirstName, c.Placeholders...),
		CheckPersonName(FieldMiddleName, c.MiddleName, c.Placeholders...),
		CheckPersonName(FieldLastName, c.LastName, c.Placeholders...),
		CheckEmail(c.Email, c.OwnDomains...),
	)
}
