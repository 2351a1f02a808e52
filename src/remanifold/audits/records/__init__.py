"""What an audit says, as frozen records: the ground floor, which knows no other room of the audits."""
