"""What people upload: looked at before it is kept, kept once by its content, gone with the last row that names it.

A room that takes files has a table of its own for them, a files.models.KeptFile, and says whose its rows are:

    upload = read_attachment(file.read(), file.name)         # or read_upload(), where the name doesn't matter
    OrderDocument(order=order, **kept(upload, name=name))    # inside the action's transaction, which saves it
    row.delete(); let_go(row.sha256)                         # the bytes go if no row of any room names them
    OrderDocument(order=order, **again(row))                 # another row of the same file
    content_of(row, FULL)                                    # once it is known that this actor may have them
"""
