"""Ratings: the table of facts that everything else is drawn from, and its roll-up.

They come from kiosks (`ingest`) and from surveys; once recorded, a rating never changes but for its mark.

tables, kinds       what a rating is
scale               what a button is worth, which button a reply is (pure)
partitions          a month of receipt, a partition
insert              into the table and the roll-up
relay               positions for those who read on
past                one at a time changes what is past
  remark, rollup    marks anew; figures that are not what they should be
  archive           months that are old, in files
  archive_file      such a file
reading             ratings of a store, wherever they are
"""
